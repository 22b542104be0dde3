/** One pass of a transform of mixed radix: `before` and `after` times `radix` make its length. */
export interface Pass {
  readonly radix: number;
  /** Product of the radices of the passes before. */
  readonly before: number;
  readonly after: number;
}

/** The passes of a transform: radix 4 as often as it divides, but 2 first if that is left, then odd primes from 3. */
export function passesOf(length: number): Pass[] {
  const radices: number[] = [];
  let rest = length;
  for (; rest % 4 === 0; rest /= 4) radices.push(4);
  if (rest % 2 === 0) {
    radices.unshift(2);
    rest /= 2;
  }
  for (let prime = 3; rest > 1; prime = prime * prime > rest ? rest : prime + 2) {
    for (; rest % prime === 0; rest /= prime) radices.push(prime);
  }
  let before = 1;
  return radices.map((radix) => {
    const pass = { radix, before, after: length / (before * radix) };
    before *= radix;
    return pass;
  });
}
