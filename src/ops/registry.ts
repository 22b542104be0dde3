import { ops as attentionOps } from "./attention/op.js";
import { references as attentionReferences } from "./attention/reference.js";
import { kernels as attentionScalar } from "./attention/scalar.js";
import { ops as col2imOps } from "./col2im/op.js";
import { references as col2imReferences } from "./col2im/reference.js";
import { kernels as col2imScalar } from "./col2im/scalar.js";
import { legalizers as concatLegalizers } from "./concat/legalize.js";
import { ops as concatOps } from "./concat/op.js";
import { references as concatReferences } from "./concat/reference.js";
import { kernels as convDotprod } from "./conv/dotprod.js";
import { kernels as convDsp } from "./conv/dsp.js";
import { kernels as convI8mm } from "./conv/i8mm.js";
import { legalizers as convLegalizers } from "./conv/legalize.js";
import { kernels as convMve } from "./conv/mve.js";
import { kernels as convNeon } from "./conv/neon.js";
import { ops as convOps } from "./conv/op.js";
import { references as convReferences } from "./conv/reference.js";
import { kernels as convScalar } from "./conv/scalar.js";
import { kernels as convThumb1 } from "./conv/thumb1.js";
import { kernels as convThumb2 } from "./conv/thumb2.js";
import { legalizers as convTransposeLegalizers } from "./conv-transpose/legalize.js";
import { ops as convTransposeOps } from "./conv-transpose/op.js";
import { references as convTransposeReferences } from "./conv-transpose/reference.js";
import { kernels as convTransposeScalar } from "./conv-transpose/scalar.js";
import { ops as copyOps } from "./copy/op.js";
import { references as copyReferences } from "./copy/reference.js";
import { kernels as copyScalar } from "./copy/scalar.js";
import { ops as cumsumOps } from "./cumsum/op.js";
import { references as cumsumReferences } from "./cumsum/reference.js";
import { kernels as cumsumScalar } from "./cumsum/scalar.js";
import { legalizers as dataDependentLegalizers } from "./data-dependent/legalize.js";
import { ops as dataDependentOps } from "./data-dependent/op.js";
import { references as dataDependentReferences } from "./data-dependent/reference.js";
import { kernels as dynamicLstmDsp } from "./dynamic-lstm/dsp.js";
import { kernels as dynamicLstmMve } from "./dynamic-lstm/mve.js";
import { kernels as dynamicLstmNeon } from "./dynamic-lstm/neon.js";
import { ops as dynamicLstmOps } from "./dynamic-lstm/op.js";
import { references as dynamicLstmReferences } from "./dynamic-lstm/reference.js";
import { kernels as dynamicLstmScalar } from "./dynamic-lstm/scalar.js";
import { legalizers as einsumLegalizers } from "./einsum/legalize.js";
import { ops as einsumOps } from "./einsum/op.js";
import { references as einsumReferences } from "./einsum/reference.js";
import { legalizers as elementwiseLegalizers } from "./elementwise/legalize.js";
import { kernels as elementwiseMve } from "./elementwise/mve.js";
import { kernels as elementwiseNeon } from "./elementwise/neon.js";
import { ops as elementwiseOps } from "./elementwise/op.js";
import { references as elementwiseReferences } from "./elementwise/reference.js";
import { kernels as elementwiseScalar } from "./elementwise/scalar.js";
import { legalizers as expandLegalizers } from "./expand/legalize.js";
import { ops as expandOps } from "./expand/op.js";
import { references as expandReferences } from "./expand/reference.js";
import { ops as filterOps } from "./filter/op.js";
import { references as filterReferences } from "./filter/reference.js";
import { kernels as filterScalar } from "./filter/scalar.js";
import { ops as fourierOps } from "./fourier/op.js";
import { references as fourierReferences } from "./fourier/reference.js";
import { kernels as fourierScalar } from "./fourier/scalar.js";
import { legalizers as gatherLegalizers } from "./gather/legalize.js";
import { ops as gatherOps } from "./gather/op.js";
import { references as gatherReferences } from "./gather/reference.js";
import { kernels as gatherScalar } from "./gather/scalar.js";
import { ops as generateOps } from "./generate/op.js";
import { references as generateReferences } from "./generate/reference.js";
import { ops as interpolateOps } from "./interpolate/op.js";
import { references as interpolateReferences } from "./interpolate/reference.js";
import { kernels as interpolateScalar } from "./interpolate/scalar.js";
import type { Kernel } from "./kernel.js";
import type { Legalizer } from "./legalize.js";
import { legalizers as matmulLegalizers } from "./matmul/legalize.js";
import { ops as matmulOps } from "./matmul/op.js";
import { references as matmulReferences } from "./matmul/reference.js";
import { kernels as matmulScalar } from "./matmul/scalar.js";
import { legalizers as normalizationLegalizers } from "./normalization/legalize.js";
import { ops as normalizationOps } from "./normalization/op.js";
import { references as normalizationReferences } from "./normalization/reference.js";
import { kernels as normalizationScalar } from "./normalization/scalar.js";
import { ops as oneHotOps } from "./one-hot/op.js";
import { references as oneHotReferences } from "./one-hot/reference.js";
import { kernels as oneHotScalar } from "./one-hot/scalar.js";
import type { OpDefinition, Reference } from "./op.js";
import { legalizers as padLegalizers } from "./pad/legalize.js";
import { ops as padOps } from "./pad/op.js";
import { references as padReferences } from "./pad/reference.js";
import { legalizers as poolLegalizers } from "./pool/legalize.js";
import { ops as poolOps } from "./pool/op.js";
import { references as poolReferences } from "./pool/reference.js";
import { kernels as poolScalar } from "./pool/scalar.js";
import { legalizers as qlinearLegalizers } from "./qlinear/legalize.js";
import { ops as qlinearOps } from "./qlinear/op.js";
import { references as qlinearReferences } from "./qlinear/reference.js";
import { kernels as qlinearScalar } from "./qlinear/scalar.js";
import { kernels as qlinearBinaryDsp } from "./qlinear-binary/dsp.js";
import { legalizers as qlinearBinaryLegalizers } from "./qlinear-binary/legalize.js";
import { kernels as qlinearBinaryMve } from "./qlinear-binary/mve.js";
import { kernels as qlinearBinaryNeon } from "./qlinear-binary/neon.js";
import { ops as qlinearBinaryOps } from "./qlinear-binary/op.js";
import { references as qlinearBinaryReferences } from "./qlinear-binary/reference.js";
import { kernels as qlinearBinaryScalar } from "./qlinear-binary/scalar.js";
import { kernels as qlinearBinaryThumb2 } from "./qlinear-binary/thumb2.js";
import { legalizers as quantizationLegalizers } from "./quantization/legalize.js";
import { ops as quantizationOps } from "./quantization/op.js";
import { references as quantizationReferences } from "./quantization/reference.js";
import { ops as randomOps } from "./random/op.js";
import { kernels as recurrentDsp } from "./recurrent/dsp.js";
import { kernels as recurrentNeon } from "./recurrent/neon.js";
import { ops as recurrentOps } from "./recurrent/op.js";
import { references as recurrentReferences } from "./recurrent/reference.js";
import { kernels as recurrentScalar } from "./recurrent/scalar.js";
import { legalizers as reduceLegalizers } from "./reduce/legalize.js";
import { kernels as reduceNeon } from "./reduce/neon.js";
import { ops as reduceOps } from "./reduce/op.js";
import { references as reduceReferences } from "./reduce/reference.js";
import { kernels as reduceScalar } from "./reduce/scalar.js";
import { legalizers as reshapeLegalizers } from "./reshape/legalize.js";
import { ops as reshapeOps } from "./reshape/op.js";
import { references as reshapeReferences } from "./reshape/reference.js";
import { legalizers as resizeLegalizers } from "./resize/legalize.js";
import { ops as resizeOps } from "./resize/op.js";
import { references as resizeReferences } from "./resize/reference.js";
import { ops as reverseSequenceOps } from "./reverse-sequence/op.js";
import { references as reverseSequenceReferences } from "./reverse-sequence/reference.js";
import { kernels as reverseSequenceScalar } from "./reverse-sequence/scalar.js";
import { legalizers as scatterLegalizers } from "./scatter/legalize.js";
import { ops as scatterOps } from "./scatter/op.js";
import { references as scatterReferences } from "./scatter/reference.js";
import { kernels as scatterScalar } from "./scatter/scalar.js";
import { ops as shapeOps } from "./shape/op.js";
import { references as shapeReferences } from "./shape/reference.js";
import { legalizers as sliceLegalizers } from "./slice/legalize.js";
import { ops as sliceOps } from "./slice/op.js";
import { references as sliceReferences } from "./slice/reference.js";
import { legalizers as softmaxLegalizers } from "./softmax/legalize.js";
import { ops as softmaxOps } from "./softmax/op.js";
import { references as softmaxReferences } from "./softmax/reference.js";
import { kernels as softmaxScalar } from "./softmax/scalar.js";
import { ops as takeOps } from "./take/op.js";
import { references as takeReferences } from "./take/reference.js";
import { kernels as takeScalar } from "./take/scalar.js";
import { ops as topKOps } from "./top-k/op.js";
import { references as topKReferences } from "./top-k/reference.js";
import { kernels as topKScalar } from "./top-k/scalar.js";
import { legalizers as transposeLegalizers } from "./transpose/legalize.js";
import { ops as transposeOps } from "./transpose/op.js";
import { references as transposeReferences } from "./transpose/reference.js";
import { ops as triluOps } from "./trilu/op.js";
import { references as triluReferences } from "./trilu/reference.js";
import { kernels as triluScalar } from "./trilu/scalar.js";
import { ops as viewOps } from "./view/op.js";
import { ops as windowFunctionsOps } from "./window-functions/op.js";
import { references as windowFunctionsReferences } from "./window-functions/reference.js";

// Generated by `npm run gen` from the folders in src/ops. Do not edit.
/** Every operator vcgen knows, by name. */
export const opRegistry: ReadonlyMap<string, OpDefinition> = new Map(
  (
    [
      ...attentionOps,
      ...col2imOps,
      ...concatOps,
      ...convOps,
      ...convTransposeOps,
      ...copyOps,
      ...cumsumOps,
      ...dataDependentOps,
      ...dynamicLstmOps,
      ...einsumOps,
      ...elementwiseOps,
      ...expandOps,
      ...filterOps,
      ...fourierOps,
      ...gatherOps,
      ...generateOps,
      ...interpolateOps,
      ...matmulOps,
      ...normalizationOps,
      ...oneHotOps,
      ...padOps,
      ...poolOps,
      ...qlinearOps,
      ...qlinearBinaryOps,
      ...quantizationOps,
      ...randomOps,
      ...recurrentOps,
      ...reduceOps,
      ...reshapeOps,
      ...resizeOps,
      ...reverseSequenceOps,
      ...scatterOps,
      ...shapeOps,
      ...sliceOps,
      ...softmaxOps,
      ...takeOps,
      ...topKOps,
      ...transposeOps,
      ...triluOps,
      ...viewOps,
      ...windowFunctionsOps,
    ] as readonly OpDefinition[]
  ).map((op) => [op.name, op]),
);
/** The arithmetic of every operator that the reference can run, by name. */
export const references: ReadonlyMap<string, Reference> = new Map(
  Object.entries<Reference>({
    ...attentionReferences,
    ...col2imReferences,
    ...concatReferences,
    ...convReferences,
    ...convTransposeReferences,
    ...copyReferences,
    ...cumsumReferences,
    ...dataDependentReferences,
    ...dynamicLstmReferences,
    ...einsumReferences,
    ...elementwiseReferences,
    ...expandReferences,
    ...filterReferences,
    ...fourierReferences,
    ...gatherReferences,
    ...generateReferences,
    ...interpolateReferences,
    ...matmulReferences,
    ...normalizationReferences,
    ...oneHotReferences,
    ...padReferences,
    ...poolReferences,
    ...qlinearReferences,
    ...qlinearBinaryReferences,
    ...quantizationReferences,
    ...recurrentReferences,
    ...reduceReferences,
    ...reshapeReferences,
    ...resizeReferences,
    ...reverseSequenceReferences,
    ...scatterReferences,
    ...shapeReferences,
    ...sliceReferences,
    ...softmaxReferences,
    ...takeReferences,
    ...topKReferences,
    ...transposeReferences,
    ...triluReferences,
    ...windowFunctionsReferences,
  } as Record<string, Reference>),
);
/** How operators of the quantized stage become kernel-stage operators, by name. */
export const legalizers: ReadonlyMap<string, Legalizer> = new Map(
  Object.entries<Legalizer>({
    ...concatLegalizers,
    ...convLegalizers,
    ...convTransposeLegalizers,
    ...dataDependentLegalizers,
    ...einsumLegalizers,
    ...elementwiseLegalizers,
    ...expandLegalizers,
    ...gatherLegalizers,
    ...matmulLegalizers,
    ...normalizationLegalizers,
    ...padLegalizers,
    ...poolLegalizers,
    ...qlinearLegalizers,
    ...qlinearBinaryLegalizers,
    ...quantizationLegalizers,
    ...reduceLegalizers,
    ...reshapeLegalizers,
    ...resizeLegalizers,
    ...scatterLegalizers,
    ...sliceLegalizers,
    ...softmaxLegalizers,
    ...transposeLegalizers,
  } as Record<string, Legalizer>),
);
/** Every kernel, for every ISA. */
export const kernels: readonly Kernel[] = [
  ...attentionScalar,
  ...col2imScalar,
  ...convScalar,
  ...convThumb1,
  ...convThumb2,
  ...convDsp,
  ...convMve,
  ...convNeon,
  ...convDotprod,
  ...convI8mm,
  ...convTransposeScalar,
  ...copyScalar,
  ...cumsumScalar,
  ...dynamicLstmScalar,
  ...dynamicLstmDsp,
  ...dynamicLstmMve,
  ...dynamicLstmNeon,
  ...elementwiseScalar,
  ...elementwiseMve,
  ...elementwiseNeon,
  ...filterScalar,
  ...fourierScalar,
  ...gatherScalar,
  ...interpolateScalar,
  ...matmulScalar,
  ...normalizationScalar,
  ...oneHotScalar,
  ...poolScalar,
  ...qlinearScalar,
  ...qlinearBinaryScalar,
  ...qlinearBinaryThumb2,
  ...qlinearBinaryDsp,
  ...qlinearBinaryMve,
  ...qlinearBinaryNeon,
  ...recurrentScalar,
  ...recurrentDsp,
  ...recurrentNeon,
  ...reduceScalar,
  ...reduceNeon,
  ...reverseSequenceScalar,
  ...scatterScalar,
  ...softmaxScalar,
  ...takeScalar,
  ...topKScalar,
  ...triluScalar,
];
