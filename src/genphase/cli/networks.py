"""Networks in files: ``genphase train`` and ``genphase import-network``."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genphase.cli.options import a_mistake

if TYPE_CHECKING:
    from genphase.images.sources import Images
    from genphase.images.training import Trained
    from genphase.images.vae import Vae

_Out = Annotated[Path, typer.Option("--out", help="File of the network.")]
# Pictures of each kind in the figure, and seconds between two lines where there is no terminal.
_SHOWN, _LINE = 18, 15.0


def train(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Images: `digits`, `mnist5k`, `fashion`, `distortions`, a file .npy or .npz, or a "
            "folder of PNG images.",
        ),
    ],
    widths: Annotated[
        str,
        typer.Option(metavar="N,N,...", help="Hidden widths of the decoder."),
    ] = "500,500",
    k: Annotated[int, typer.Option("--k", min=1, help="Latent dimension.")] = 20,
    biases: Annotated[
        bool, typer.Option("--biases/--no-biases", help="Whether the decoder has biases.")
    ] = False,
    hidden: Annotated[
        str, typer.Option(help="Activation of hidden layers: relu, leaky_relu:SLOPE or tanh.")
    ] = "relu",
    output: Annotated[
        str, typer.Option(help="Activation of the output: sigmoid or relu.")
    ] = "sigmoid",
    epochs: Annotated[int, typer.Option(min=1, help="How often all images are gone through.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is drawn at random.")] = 0,
    invert: Annotated[
        bool, typer.Option("--invert", help="Train on the negatives of the images.")
    ] = False,
    half: Annotated[
        bool, typer.Option("--half", help="Round to half precision, for a file of half the size.")
    ] = False,
    engine: Annotated[str, typer.Option(help="What computes: numpy, or torch.")] = "numpy",
    out: _Out = Path("decoder.npz"),
) -> None:
    """Train a decoder on images, for `network: {file: ...}` in a sweep.

    It is that of a variational autoencoder, trained by Adam in batches of 100, as in Figure 3 of
    Joshi, Li, Plan and Yilmaz (2021). A figure of its samples and reconstructions lies beside its
    file. The same command gives the same file on the same machine.

    Example: `genphase train mnist5k --widths 200 --output relu --out mnist.npz`
    """
    from genphase.images.layers import check_output, text_of, write_network
    from genphase.images.sources import load_images
    from genphase.images.vae import Vae

    sizes = _widths(widths)
    check_output(out)
    images = load_images(source)
    if invert:
        images = images.inverted()
    model = Vae(images.pixels.shape[1], k, sizes, hidden, output, biases)
    begun = time.monotonic()
    trained = _followed(images, model, epochs, seed, engine)
    seconds = time.monotonic() - begun
    if half:
        # So that the figure and the errors are of the network in the file.
        trained = trained.halved()
    network = write_network(out, trained.layers(), half)
    first, last = trained.losses[0, 1], trained.losses[-1, 1]
    typer.echo(f"{out}: {text_of(network)}; {out.stat().st_size / 1000:.0f} kB")
    typer.echo(
        f"trained in {seconds:.0f} s on {len(images.train)} images; the loss of the "
        f"{len(images.test)} images for tests is {last:.1f}, was {first:.1f} after one epoch"
    )
    typer.echo(f"reconstruction of these: {_error_text(trained, images)}")
    typer.echo(f"figure: {_draw(trained, images, seed, out)}")


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise a_mistake(
            "--widths", f"{text!r} is no list of widths", "write --widths 500,500"
        ) from None


def _followed(images: "Images", model: "Vae", epochs: int, seed: int, engine: str) -> "Trained":
    """Train with a bar on the terminal, or with lines where there is none."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from genphase.images.training import train

    terminal = sys.stderr.isatty()
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    said = time.monotonic()
    with Progress(*columns, transient=True, disable=not terminal) as bar:
        task = bar.add_task("", total=epochs)

        def follow(epoch: int, loss: float, test: float) -> None:
            nonlocal said
            text = f"epoch {epoch} of {epochs}, loss {loss:.1f}, of test images {test:.1f}"
            bar.update(task, completed=epoch, description=text)
            if not terminal and time.monotonic() - said >= _LINE:
                typer.echo(text)
                said = time.monotonic()

        return train(images, model, epochs, seed, engine, follow)


def _error_text(trained: "Trained", images: "Images") -> str:
    import numpy as np

    errors = trained.errors(images.test)
    low, middle, high = np.nanquantile(errors, (0.1, 0.5, 0.9))
    return (
        f"||G(x) - y||/||y|| is {middle:.3f} in the median, "
        f"{low:.3f} to {high:.3f} for four of five"
    )


def _draw(trained: "Trained", images: "Images", seed: int, out: Path) -> Path:
    import numpy as np

    from genphase.figures.decoder import draw_decoder
    from genphase.figures.style import save

    # Spread over all images for tests, which may be sorted by what they show.
    chosen = np.linspace(0, len(images.test) - 1, _SHOWN).astype(int)
    test = images.test[chosen]
    sizes = "-".join(map(str, trained.model.decoder_sizes))
    figure = draw_decoder(
        images.shape,
        trained.samples(2 * _SHOWN, seed),
        test,
        trained.reconstructed(test),
        trained.losses,
        f"Decoder {sizes}, trained on {images.name}",
    )
    path = out.with_suffix(".png")
    save(figure, path)
    return path


def import_network(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="PyTorch's state_dict (.pt, .pth), .safetensors, or .onnx."
        ),
    ],
    out: _Out = Path("decoder.npz"),
    activations: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME,...",
            help="Activations, one for each layer: relu, leaky_relu:SLOPE, absolute, identity, "
            "sigmoid, tanh. An ONNX file has its own.",
        ),
    ] = "",
    prefix: Annotated[
        str,
        typer.Option(help="Only the tensors whose names begin so, such as `decoder.`."),
    ] = "",
) -> None:
    """Write a network of another program as a file for `network: {file: ...}` in a sweep.

    Its layers have to be fully connected, and in their order: in that of a state_dict, or of the
    names in a file of safetensors. They are printed as they were taken.

    Example: `genphase import-network vae.pt --prefix decoder. --activations relu,relu,sigmoid`
    """
    from genphase.images.foreign import read_foreign
    from genphase.images.layers import check_output, text_of, write_network

    check_output(out)
    given = [name.strip() for name in activations.split(",")] if activations else None
    layers, names = read_foreign(file, given, prefix)
    network = write_network(out, layers)
    typer.echo(f"{out}: {text_of(network)}")
    for i, (name, layer) in enumerate(zip(names, layers, strict=True), 1):
        n_out, n_in = layer.weights.shape
        bias = "" if layer.bias is None else ", with a bias"
        typer.echo(f"  W{i} is {name}, {n_out} x {n_in}{bias}, then {layer.activation}")
