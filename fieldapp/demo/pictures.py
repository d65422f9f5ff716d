"""Pictures of the demo communes, drawn so that nothing real is shown."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from itertools import cycle

from PIL import Image, ImageDraw


def signature(dice: random.Random) -> bytes:
    """A scrawl that is nobody's (PNG)."""
    picture = Image.new("RGB", (600, 260), "white")
    draw = ImageDraw.Draw(picture)
    points = list(_strokes(dice))
    draw.line(points, fill="black", width=5, joint="curve")
    return _encoded(picture, "PNG")


def _strokes(dice: random.Random) -> Iterator[tuple[float, float]]:
    x, y = 80.0, 150.0
    for step in cycle((-60, 45, -30, 70, -55, 30)):
        yield x, y
        if x > 500:
            return
        x, y = x + dice.uniform(18, 46), min(230.0, max(30.0, y + step * dice.uniform(0.5, 1.4)))


def photo(label: str, dice: random.Random) -> bytes:
    """A drawn fire extinguisher that says it is a sample (JPEG)."""
    picture = Image.new("RGB", (1200, 900), "#cfc8ba")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 690, 1200, 900), fill="#8d8577")
    left = dice.randint(250, 600)
    draw.rounded_rectangle((left, 270, left + 220, 750), 70, fill="#b3261e")
    draw.rectangle((left + 50, 430, left + 170, 580), fill="#f3efe6")
    draw.text((40, 40), f"DEMO  {label}", fill="#2b2b2b", font_size=48)  # Pillow's own font lacks Vietnamese
    return _encoded(picture, "JPEG")


def _encoded(picture: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, quality=80)
    return out.getvalue()
