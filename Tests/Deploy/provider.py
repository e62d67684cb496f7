"""What the resources of Terraform's provider for AWS take, read from its bindings for Python, which are made from its schema."""

import ast
import re
import zipfile

# What Terraform itself takes in every block.
META = {"count", "for_each", "provider", "lifecycle", "depends_on", "dynamic"}


class Provider:
    def __init__(self, wheel):
        self.wheel = zipfile.ZipFile(wheel)
        self.files = set(self.wheel.namelist())

    def faults(self, kind, block):
        """What is wrong with a "resource" or "data" as hcl2 reads it, for each of its names."""
        for word, named in block.items():
            word = word.strip('"')
            if word.startswith("aws_"):
                module = ("data_aws_" if kind == "data" else "") + word.removeprefix("aws_")
                path = f"cdktf_cdktf_provider_aws/{module}/__init__.py"
                if path not in self.files:
                    yield f"{kind} {word} does not exist"
                    continue
                classes = {node.name: node for node in ast.parse(self.wheel.read(path)).body if isinstance(node, ast.ClassDef)}
                whole = next(it for it in classes.values() if re.search(r"Terraform(Resource|DataSource)\b", ast.unparse(it.bases[0])))
                for name, body in named.items():
                    yield from faults(f"{word}.{name}", body, whole, classes)


def arguments(form):
    """Name -> (is it required, the text of its type)."""
    made = next(node for node in form.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return {given.arg: (default is None, ast.unparse(given.annotation))
            for given, default in zip(made.args.kwonlyargs, made.args.kw_defaults)}


def faults(place, body, form, classes):
    known = arguments(form)
    given = {name.strip('"'): value for name, value in body.items() if not name.startswith("__")}
    inner = {name: value if isinstance(value, list) else [value] for name, value in given.items() if name not in META}
    for entry in given.get("dynamic", []):
        inner |= {name.strip('"'): block["content"] for name, block in entry.items()}
    for name, values in inner.items():
        # Words of Python's own bear an underscore.
        kind = known.get(name, known.get(f"{name}_"))
        if not kind:
            yield f"{place} takes no {name}"
            continue
        for nested in (classes[word] for word in re.findall(r"\w+", kind[1]) if word in classes):
            for value in values:
                if isinstance(value, dict):
                    yield from faults(f"{place}.{name}", value, nested, classes)
    for name, (is_required, _) in known.items():
        if is_required and name.rstrip("_") not in inner and name != "id_":
            yield f"{place} lacks {name}"
