"""The command `fieldapp`, which is also `python -m fieldapp`.

Reading the whole program takes a second, on a busy machine several: Ctrl+C meanwhile ends it in a sentence as it does
later, not in a traceback from the middle of an import.
"""

import os
import signal
import sys
from types import FrameType

from fieldapp.errors import say


def _end(_number: int, _frame: FrameType | None) -> None:
    sentence = say("Lỗi: Đã dừng, không có gì thay đổi.", "Error: Stopped; nothing was changed.")
    os.write(sys.stderr.fileno(), f"{sentence}\n".encode())
    os._exit(1)  # nothing is open yet


_before = signal.getsignal(signal.SIGINT)
if _before is signal.default_int_handler:  # otherwise Ctrl+C is ignored here, or somebody else's
    signal.signal(signal.SIGINT, _end)

from fieldapp.cli import main  # noqa: E402  what takes the second

signal.signal(signal.SIGINT, _before)

if __name__ == "__main__":
    main()
