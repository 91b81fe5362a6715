"""Sounds: MP3 and WAV with nothing in them but sound.

Pure.
"""

import re
import struct

from app.errors import Invalid

V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Thousands of bits a second of Layer III by their index: of MPEG 1, and of MPEG 2 and 2.5."""
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Samples a second by their index, of MPEG 1 (3), 2 (2) and 2.5 (0)."""
SYNC = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")
"""How a frame of Layer III begins."""
FEWEST = 3
"""Frames from which a file is a sound: two bytes that look like one are found in anything."""
UNREADABLE = "The sound cannot be read: save it as MP3, or hand in a link to it."


def mp3_frames(content: bytes) -> bytes:
    """The frames of an MP3 one after another, and nothing that stood before, between or behind them."""
    frames_alone, position = bytearray(), _labels(content)
    frames = 0
    while position + 4 <= len(content):
        length = _frame(content, position)
        if length is None or position + length > len(content):
            following = SYNC.search(content, position + 1)
            if following is None:
                break
            position = following.start()
            continue
        frames_alone += content[position : position + length]
        frames, position = frames + 1, position + length
    if frames < FEWEST or len(frames_alone) * 2 < len(content) - _labels(content):
        raise Invalid(UNREADABLE)
    return bytes(frames_alone)


def wave_alone(content: bytes) -> bytes:
    """A WAV with its form and its sound alone (RIFF chunks `fmt `, `fact` and `data`)."""
    chunks, position = bytearray(), 12
    kinds = set()
    while position + 8 <= len(content):
        kind, size = struct.unpack_from("<4sI", content, position)
        chunk = content[position + 8 : position + 8 + size]
        if kind in (b"fmt ", b"fact", b"data") and kind not in kinds:
            kinds.add(kind)
            chunks += struct.pack("<4sI", kind, len(chunk)) + chunk + bytes(len(chunk) % 2)
        position += 8 + size + size % 2
    if not {b"fmt ", b"data"} <= kinds:
        raise Invalid("The sound cannot be read: save it as WAV, or hand in a link to it.")
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + bytes(chunks)


def _labels(content: bytes) -> int:
    """Where an MP3 begins behind its labels (ID3v2)."""
    position = 0
    while content[position : position + 3] == b"ID3" and len(content) >= position + 10:
        size = sum(
            (byte & 0x7F) << shift
            for byte, shift in zip(content[position + 6 : position + 10], (21, 14, 7, 0), strict=True)
        )
        position += 10 + size + (10 if content[position + 5] & 0x10 else 0)
    return position


def _frame(content: bytes, position: int) -> int | None:
    """How long the frame of Layer III is that begins here, in bytes; None where none does (ISO/IEC 11172-3, 2.4.1)."""
    first, second, third = content[position : position + 3]
    version, layer = second >> 3 & 3, second >> 1 & 3
    bits, rate = third >> 4, third >> 2 & 3
    if first != 0xFF or second & 0xE0 != 0xE0 or layer != 1 or version == 1 or bits in (0, 15) or rate == 3:
        return None
    whole = version == 3
    return (144 if whole else 72) * (V1 if whole else V2)[bits] * 1000 // RATES[version][rate] + (third >> 1 & 1)
