/** Lagrange interpolation at 0 over the indices of custodians (PROTOCOL 8 and 13), for scalars and in the exponent. */
import { p256 } from '@noble/curves/nist.js';
import { Fp, type Point } from './point.ts';

const Fq = p256.Point.Fn;
const { BASE, ZERO } = p256.Point;
type GroupElement = typeof BASE;

/** lambda_i = prod j / (j - i) mod q over the other indices j, for each i in order; the indices are distinct and not 0. */
export function deriveLagrange(indices: readonly number[]): bigint[] {
  const { weights, divisor } = deriveWeights(indices);
  const inverse = Fq.inv(Fq.create(divisor));
  return weights.map((weight) => Fq.mul(Fq.create(weight), inverse));
}

export interface LagrangeWeights {
  /** Small signed integers: lambda_i = weight_i / divisor. */
  readonly weights: readonly bigint[];
  readonly divisor: bigint;
}

/**
 * The coefficients as fractions with one common denominator. For 31 custodians a weight has some 80 bits at most, so a sum in the
 * exponent costs few doublings, and one product by 1/divisor at its end.
 */
export function deriveWeights(indices: readonly number[]): LagrangeWeights {
  const fractions = indices.map((i) => {
    const others = indices.filter((j) => j !== i);
    const numerator = others.reduce((product, j) => product * BigInt(j), 1n);
    const denominator = others.reduce((product, j) => product * BigInt(j - i), 1n);
    const common = gcd(numerator, denominator);
    return { numerator: numerator / common, denominator: denominator / common };
  });
  const divisor = fractions.reduce((lcm, { denominator }) => (lcm / gcd(lcm, denominator)) * denominator, 1n);
  return { weights: fractions.map(({ numerator, denominator }) => numerator * (divisor / denominator)), divisor };
}

/** sum weight_i * point_i, null for the identity. Variable time: the weights are public. */
export function sumWeighted(points: readonly Point[], weights: readonly bigint[]): Point | null {
  const terms = points.map((point, i) => {
    const weight = weights[i] as bigint;
    return {
      element: toElement(weight < 0n ? { x: point.x, y: Fp.neg(point.y) } : point),
      weight: weight < 0n ? -weight : weight,
    };
  });
  const bits = Math.max(0, ...terms.map(({ weight }) => weight.toString(2).length));
  let sum: GroupElement = ZERO;
  for (let bit = BigInt(bits) - 1n; bit >= 0n; bit--) {
    sum = sum.double();
    for (const { element, weight } of terms) if ((weight >> bit) & 1n) sum = sum.add(element);
  }
  return fromElement(sum);
}

function toElement(point: Point): GroupElement {
  return p256.Point.fromAffine(point);
}

function fromElement(element: GroupElement): Point | null {
  if (element.is0()) return null;
  const { x, y } = element.toAffine();
  return { x, y };
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
