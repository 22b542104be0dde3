import { conformanceTest } from "./conformance.js";

for (const name of ["layers", "tinyvc", "melgan8", "streamvc", "llvc"]) conformanceTest(name);
for (const model of ["ad", "ic", "kws", "sww", "vww"]) conformanceTest(`mlperf_${model}`);
