# SPDX-License-Identifier: LicenseRef-Gatehouse
"""One file per outside thing: store, camera, decoders, thermometers, key store, clock.

`decode` and `Symbol` are offered from here, but loaded only when asked for: importing this package must not load
cv2, numpy or zxing-cpp, or the first paint of the window would wait for them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.adapters.decode_still import decode
    from kiosk.adapters.decode_symbol import Symbol

__all__ = ["Symbol", "decode"]


def __getattr__(name: str) -> object:
    if name == "decode":
        from kiosk.adapters.decode_still import decode  # loads cv2, so only when asked for

        globals()["decode"] = decode  # the submodule of the same name has just been bound here: the function wins
        return decode
    if name == "Symbol":
        from kiosk.adapters.decode_symbol import Symbol  # kept beside decode

        return Symbol
    raise AttributeError(name)
