"""The process that espeak-ng runs in: texts come in by one pipe, sound with the times of its words and phones goes out by another.

It is started by its path, with the path of the library and that of its data, and imports nothing of mmviz: the library is GPL-3 and its state
is global, so that neither the program nor another text ever shares a process with it.
"""

import ctypes
import json
import sys
from typing import Any, BinaryIO

#: Of speak_lib.h: sound is handed over as it is made; events name phones, in IPA; an error does not end the process.
SYNCHRONOUS, PHONEME_EVENTS, PHONEME_IPA, DONT_EXIT = 2, 0x0001, 0x0002, 0x8000
WORD, PHONEME, END_OF_EVENTS = 1, 7, 0
UTF8, BY_CHARACTERS = 1, 1
RATE_OF_SPEECH = 1
#: Of the noise of breath, which it draws from the clock otherwise: a text sounds the same each time.
SEED = 0


class Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


class Voice(ctypes.Structure):
    """espeak_VOICE of speak_lib.h, as far as it is read."""

    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_void_p), ("identifier", ctypes.c_char_p))


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


class Espeak:
    """The library, started."""

    def __init__(self, library: str, data: str):
        self.library = ctypes.CDLL(library)
        self.library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(Voice))
        options = PHONEME_EVENTS | PHONEME_IPA | DONT_EXIT
        self.rate = self.library.espeak_Initialize(SYNCHRONOUS, 500, data.encode(), options)
        if self.rate <= 0:
            raise RuntimeError(f"espeak-ng does not start ({self.rate})")
        self.voices = dict(self._voices())
        self.sound, self.events = bytearray(), []
        self.callback = CALLBACK(self._take)  # kept: the library calls it later
        self.library.espeak_SetSynthCallback(self.callback)

    def _voices(self) -> Any:
        """Name the voice of every language tag: a tag itself is no name of a voice."""
        listed = self.library.espeak_ListVoices(None)
        place = 0
        while listed[place]:
            voice = listed[place].contents
            languages = ctypes.string_at(voice.languages + 1)  # a byte of priority stands before the tag
            yield languages.decode(), voice.identifier
            place += 1

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self.sound += ctypes.string_at(samples, 2 * count)
        place = 0
        while events[place].type != END_OF_EVENTS:
            event = events[place]
            if event.type in (WORD, PHONEME):
                name = event.name.decode("utf-8", "ignore") if event.type == PHONEME else ""
                self.events.append((event.type, event.text_position, event.length, event.sample, name))
            place += 1
        return 0

    def speak(self, voice: str, text: str, speed: int) -> tuple[bytes, list[tuple[int, int, int, int, str]]]:
        """Speak one text.

        Args:
            voice: a language tag such as "en-us" or "cmn", with "+f2" for the second woman's voice.
            text: what is spoken.
            speed: words a minute.

        Returns:
            Sound as 16-bit samples; and events (type, first character counted from 1, characters, sample, phone).
        """
        self.sound, self.events = bytearray(), []
        language, plus, variant = voice.partition("+")
        self.library.espeak_SetVoiceByName(self.voices[language] + (plus + variant).encode())
        self.library.espeak_SetParameter(RATE_OF_SPEECH, speed, 0)
        self.library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))
        content = text.encode("utf-8", "replace") + b"\0"
        self.library.espeak_Synth(content, len(content), 0, BY_CHARACTERS, 0, UTF8, None, None)
        self.library.espeak_Synchronize()
        return bytes(self.sound), self.events


def serve(asked: BinaryIO, answered: BinaryIO, library: str, data: str) -> None:
    """Answer one request: a line of JSON, {"speed", "pieces": [[voice, text], ...]}.

    For each piece goes out a line of JSON, {"rate", "bytes", "events"}, and as many bytes of sound.
    """
    request = json.loads(asked.readline())
    espeak = Espeak(library, data)
    for voice, text in request["pieces"]:
        sound, events = espeak.speak(voice, text, request["speed"])
        header = {"rate": espeak.rate, "bytes": len(sound), "events": events}
        answered.write(json.dumps(header).encode() + b"\n" + sound)
        answered.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, *sys.argv[1:])
