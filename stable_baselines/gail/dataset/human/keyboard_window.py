"""A window that shows pictures and tells which keys are held. The only module that knows pygame."""
from typing import Any, FrozenSet, NamedTuple, Optional, Set, Tuple

import numpy as np

__all__ = ['Keys', 'KeyboardWindow', 'key_code', 'require_pygame']

_WANTED_SIDE = 400  # pixels that the shorter side of the window has at least about


class Keys(NamedTuple):
    """
    What happened at the keyboard since the last look.

    :param held: codes of the keys that are held, or were for a moment
    :param struck: codes of the keys that went down, in order
    :param closed: whether the window was closed
    """

    held: FrozenSet[int]
    struck: Tuple[int, ...]
    closed: bool


def require_pygame() -> Any:
    """
    :return: the module pygame
    :raises ImportError: says what to install
    """
    try:
        import pygame
    except ImportError as error:
        raise ImportError('A window with keyboard needs pygame: pip install .[render] (or pip install "pygame>=2.1").'
                          ) from error
    return pygame


def key_code(name: str) -> Optional[int]:
    """
    :param name: of a key: its character, or pygame's name of it such as 'left', 'space', 'return', 'f1'
    :return: its code, None where there is no such key
    :raises ImportError: without pygame
    """
    if len(name) == 1:
        return ord(name.lower())
    return getattr(require_pygame(), 'K_' + name.upper().replace(' ', '_'), None)


class KeyboardWindow:
    """
    Opens with the first picture.

    :param title: of the window
    :param fps: looks at the keyboard per second
    :param zoom: window's size over the picture's; None chooses a whole number that makes small pictures visible
    :raises ImportError: without pygame
    :raises RuntimeError: where no window can be opened
    """

    def __init__(self, title: str, fps: float, zoom: Optional[float] = None) -> None:
        self._pygame = require_pygame()
        self._fps, self._zoom = fps, zoom
        self._screen: Any = None
        self._held: Set[int] = set()
        self._clock = self._pygame.time.Clock()
        self._was_open = self._pygame.display.get_init()
        try:
            self._pygame.display.init()
        except self._pygame.error as error:
            raise self._no_window(error) from error
        self._pygame.event.clear()  # what was typed before was not meant for this
        self.title(title)

    def title(self, text: str) -> None:
        """
        :param text: for the window's bar
        """
        self._pygame.display.set_caption(text)

    def show(self, picture: np.ndarray) -> None:
        """
        :param picture: shape (height, width, 3), uint8
        :raises RuntimeError: where no window can be opened
        """
        height, width = picture.shape[:2]
        zoom = self._zoom or max(1, round(_WANTED_SIDE / min(height, width)))
        size = (max(1, int(width * zoom)), max(1, int(height * zoom)))
        surface = self._pygame.surfarray.make_surface(picture.swapaxes(0, 1))
        if self._screen is None or self._screen.get_size() != size:
            try:
                self._screen = self._pygame.display.set_mode(size)
            except self._pygame.error as error:
                raise self._no_window(error) from error
        self._screen.blit(self._pygame.transform.scale(surface, size), (0, 0))
        self._pygame.display.flip()

    def keys(self) -> Keys:
        """
        Wait until the next look is due.

        :return: what happened since the last one
        """
        pygame = self._pygame
        self._clock.tick(self._fps)
        struck, closed = [], False
        for event in pygame.event.get():
            if event.type == pygame.KEYDOWN:
                struck.append(event.key)
                self._held.add(event.key)
            elif event.type == pygame.KEYUP:
                self._held.discard(event.key)
            elif event.type == pygame.WINDOWFOCUSLOST:
                self._held.clear()  # keys that are let go elsewhere are not reported
            elif event.type == pygame.QUIT:
                closed = True
            elif event.type == pygame.VIDEOEXPOSE and self._screen is not None:
                pygame.display.flip()  # while time stands still, nothing else draws what another window had covered
        # A key that was struck and let go between two looks counts, too.
        return Keys(frozenset(self._held.union(struck)), tuple(struck), closed)

    def key_name(self, code: int) -> str:
        """
        :param code: of a key
        :return: its name
        """
        return self._pygame.key.name(code) or str(code)

    def close(self) -> None:
        """Close the window. An environment that draws with pygame itself can go on doing so."""
        if self._was_open:
            self._screen = None
        else:
            self._pygame.display.quit()

    def _no_window(self, error: Exception) -> RuntimeError:
        return RuntimeError('No window can be opened here ({}). A screen is needed; on a machine without one, a '
                            'virtual one such as Xvfb.'.format(error))
