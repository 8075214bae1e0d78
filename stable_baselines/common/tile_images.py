"""Pictures of several environments put together into one."""
from typing import Sequence

import numpy as np

from stable_baselines.common.optional_import import optional_import


def tile_images(images: Sequence[np.ndarray]) -> np.ndarray:
    """
    Lay pictures out on a grid as square as possible, row by row; free places stay black.

    :param images: pictures of one shape [height, width, channels], at least one
    :return: one picture, shape [rows * height, columns * width, channels], dtype of the given ones
    :raises ValueError: when there is no picture, or their shapes differ
    """
    pictures = [np.asarray(image) for image in images]
    shapes = sorted({picture.shape for picture in pictures})
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise ValueError('images must be at least one picture of one shape (height, width, channels), found shapes {}. '
                         'Let every environment draw in the same size.'.format(shapes))
    height, width, channels = shapes[0]
    rows = int(np.ceil(np.sqrt(len(pictures))))
    columns = int(np.ceil(len(pictures) / rows))
    grid = np.zeros((rows, columns, height, width, channels), dtype=pictures[0].dtype)
    for index, picture in enumerate(pictures):
        grid[index // columns, index % columns] = picture
    return grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)


def show_image(image: np.ndarray, title: str = 'environments') -> None:
    """
    Draw a picture in a window that later calls with the same title draw into again.

    :param image: shape [height, width, 3], uint8
    :param title: name of the window
    :raises ImportError: when matplotlib is missing
    """
    plt = optional_import('matplotlib.pyplot', "render(mode='human') of several environments")
    figure = plt.figure(title)
    figure.clear()
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_axis_off()
    axes.imshow(image)
    figure.canvas.draw_idle()
    figure.canvas.flush_events()
