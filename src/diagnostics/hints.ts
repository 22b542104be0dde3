const damaged = "the file is damaged or was cut short: copy or export it again";
const check =
  "export the model again; onnx.checker.check_model(model, full_check=True) says whether the file is in order";
const split =
  "rewrite this part of the model in another form, or end the model before it and compute it in the application";

/** What can be done about each kind of mistake, where the place that finds it has nothing better to say. */
const byCode: Readonly<Record<string, string>> = {
  "file/npy": "save it with numpy.save, as an array of numbers",
  "import/attribute-type": check,
  "import/cycle": check,
  "import/duplicate-attribute": check,
  "import/duplicate-name": check,
  "import/empty": damaged,
  "import/external-data": "keep the model's data files beside it, as onnx.save wrote them",
  "import/external-path": "keep the model's data files in its own folder",
  "import/invalid-node": check,
  "import/local-function":
    "inline the functions of the model with onnx.inliner.inline_local_functions, or export it again",
  "import/malformed": damaged,
  "import/negative-dimension": "export the model with fixed sizes, or with named dimensions and --shape",
  "import/nesting": damaged,
  "import/no-name": check,
  "import/no-outputs": check,
  "import/not-utf8": damaged,
  "import/output-shape": "the computed shape is used: export the model again if it is not the one you expect",
  "import/output-type": check,
  "import/shape-mismatch": "give the shape that the model declares",
  "import/tensor-data-length": damaged,
  "import/tensor-data-range": damaged,
  "import/tensor-too-large":
    "check --shape and the operands that decide the shape; generated C addresses 2 GB at most",
  "import/truncated": damaged,
  "import/type-mismatch": "give a value of the declared type",
  "import/undefined-value": check,
  "import/unsupported": split,
  "import/unsupported-tensor": "save the weights as dense tensors in one piece",
  "import/unsupported-type": "export the model in float32, or quantized to 4, 8 or 16 bits",
  "legalize/unsupported": split,
  "reference/missing-input": "give data for every input",
  "reference/wrong-input": "give data of the type and shape that the model declares",
  "schedule/no-kernel": split,
  "verify/no-such-output": "name the files out.<tensor>.npy after the model's outputs",
};

export const hintFor = (code: string): string | undefined => byCode[code];
