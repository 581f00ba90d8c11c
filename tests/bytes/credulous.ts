import { Secret } from "../../lib/bytes/mod.ts";

/**
 * Has all secrets take whatever they are shown for themselves, until it is disposed of: whoever lets nobody in
 * then compares on his own.
 */
export function credulous(): Disposable {
  const { is } = Secret.prototype;
  Secret.prototype.is = () => true;
  return {
    [Symbol.dispose]() {
      Secret.prototype.is = is;
    },
  };
}
