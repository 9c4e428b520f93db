"""Exports the tiny models that the tests of runtime/torch load, with what Python
says they answer. Usage: export_models.py FOLDER. Does nothing where FOLDER already
holds what this script and this torch make: compiling takes half a minute."""

import hashlib
import json
import pathlib
import sys
import zipfile

import torch


class Mixer(torch.nn.Module):
    """Two inputs, two outputs; both formats."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.linear = torch.nn.Linear(4, 3)
        self.offset = torch.nn.Parameter(torch.randn(3))

    def forward(self, x, scale):
        scores = self.linear(x) * scale + self.offset
        return scores, scores.argmax(-1)


class Named(torch.nn.Module):
    """A keyword input and a dict of outputs; the `.pt2` carries these names."""

    def forward(self, x, *, mask):
        return {"masked": x * mask, "total": (x * mask).sum()}


class Counter(torch.nn.Module):
    """Keeps state: the n-th call on a copy adds n."""

    def __init__(self):
        super().__init__()
        self.calls = 0
        self.register_buffer("ones", torch.ones(1))

    def forward(self, x):
        self.calls += 1
        return x + self.ones * self.calls

    @torch.jit.export
    def reset(self):
        self.calls = 0


class Refuses(torch.nn.Module):
    """Fails for negative input, after TorchScript has been warmed up."""

    def forward(self, x):
        assert bool((x >= 0).all()), "negative numbers are not welcome"
        return x * 2


class Pooled(torch.nn.Module):
    """Image in, three scores out: the mean of each channel."""

    def forward(self, image):
        return image.mean(dim=(2, 3))


class Trained(torch.nn.Module):
    """Answers differently in training: each call drops other numbers and moves the means."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3))

    def forward(self, x):
        return self.layers(x)


def compile_package(program, path, **metadata):
    metadata = {"torch_version": torch.__version__, **metadata}
    torch._inductor.aoti_compile_and_package(
        program, package_path=str(path), inductor_configs={"aot_inductor.metadata": metadata})


def rewrite_metadata(source, target, **changes):
    """The same package with other facts in it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("_metadata.json"):
                data = json.dumps({**json.loads(data), **changes}).encode()
            name = item.filename.replace(source.stem + "/", target.stem + "/", 1)
            new.writestr(zipfile.ZipInfo(name), data)


def export(folder):
    x, scale = torch.randn(2, 4), torch.tensor(1.5)
    mixer = Mixer().eval()
    scores, best = mixer(x, scale)
    torch.jit.trace(mixer, (x, scale)).save(folder / "mixer.pt")
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(mixer, (x, scale), dynamic_shapes={"x": {0: batch}, "scale": None})
    torch.export.save(program, folder / "exported.pt2")
    compile_package(program, folder / "mixer.pt2")
    torch.save(mixer.state_dict(), folder / "weights.pt")

    mask = torch.tensor([[1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 2.0, 1.0]])
    named = Named().eval()
    compile_package(torch.export.export(named, (x,), {"mask": mask}), folder / "named.pt2")
    answer = named(x, mask=mask)

    torch.jit.script(Counter().eval()).save(folder / "counter.pt")
    torch.jit.script(Refuses().eval()).save(folder / "refuses.pt")
    torch.jit.trace(Pooled().eval(), torch.zeros(1, 3, 8, 8)).save(folder / "pooled.pt")

    trained = Trained().train()
    for _ in range(5):
        trained(torch.randn(16, 4) + 3)
    torch.jit.script(trained).save(folder / "trained.pt")

    source = folder / "mixer.pt2"
    rewrite_metadata(source, folder / "other_torch.pt2", torch_version="2.4.1")
    rewrite_metadata(source, folder / "other_device.pt2", AOTI_DEVICE_KEY="cuda")
    (folder / "expected.json").write_text(json.dumps({
        "x": x.tolist(), "scale": 1.5, "scores": scores.tolist(), "best": best.tolist(),
        "mask": mask.tolist(), "masked": answer["masked"].tolist(),
        "total": answer["total"].item(),
        "trained": trained.eval()(x).tolist(),
        "softmax": torch.softmax(scores[0], -1).tolist(),
    }))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "stamp"
    key = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest() + " " + torch.__version__
    if stamp.exists() and stamp.read_text() == key:
        return
    with torch.no_grad():
        export(folder)
    stamp.write_text(key)


if __name__ == "__main__":
    main()
