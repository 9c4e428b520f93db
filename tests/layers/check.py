"""Proves the dependency rule of docs/architecture.md from the code's own includes.

usage: check.py [--plant] ROOT
With --plant the check runs on a copy of the rules' own counter-examples and must
find each of them, so that a check that finds nothing cannot pass unnoticed.
"""
import ast
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
SUFFIXES = {'.cpp', '.hpp', '.h'}
LAYERS = ('schema', 'runtime', 'cli')

# (what the rule says, files it watches, includes it forbids, files it excuses)
RULES = [
    ('schema includes neither runtime nor cli', r'schema/', r'(runtime|cli)/', None),
    ('runtime never includes cli', r'runtime/', r'cli/', None),
    ('cli never includes runtime', r'cli/', r'(runtime|cogpp)/', None),
    ('torch headers only under runtime/torch', r'(schema|runtime|cli)/', r'(torch|ATen|c10|caffe2)/',
     r'runtime/torch/'),
    ('yaml-cpp only in schema/config.cpp', r'(schema|runtime|cli)/', r'yaml-cpp/', r'schema/config\.cpp$'),
    ('public SDK headers use only the standard library', r'runtime/sdk/include/',
     r'(nlohmann|httplib|boost|schema|runtime)\b', None),
    ('ipc includes only schema', r'runtime/ipc/', r'(runtime/(?!ipc/)|cogpp/)', None),
    ('sdk includes only schema', r'runtime/sdk/', r'runtime/(?!sdk/)', None),
    ('the worker includes only ipc, sdk and schema', r'runtime/worker/', r'runtime/(?!(worker|ipc|sdk)/)', None),
    ('torch includes only sdk and schema', r'runtime/torch/', r'runtime/(?!(torch|sdk)/)', None),
    ('the server includes only ipc and schema', r'runtime/server/', r'(runtime/(?!(server|ipc)/)|cogpp/)', None),
    ('system HTTP headers stay in the HTTP files', r'(schema|runtime/(worker|sdk|ipc|torch))/', r'httplib\.h',
     None),
]

# (header, folder, how many files of that folder may include it)
LIMITS = [
    (r'httplib\.h', 'runtime/server/', 1),
    (r'httplib\.h', 'cli/', 2),
    (r'boost/process', 'cli/', 1),
    (r'yaml-cpp/', 'schema/', 1),
]

PLANTED = {
    'schema/x.hpp': 'runtime/ipc/messages.hpp',
    'runtime/ipc/x.hpp': 'cli/main.hpp',
    'cli/x.cpp': 'runtime/ipc/messages.hpp',
    'runtime/server/x.cpp': 'ATen/ATen.h',
    'cli/y.cpp': 'yaml-cpp/yaml.h',
    'runtime/sdk/include/cogpp/x.hpp': 'nlohmann/json.hpp',
    'runtime/worker/x.cpp': 'runtime/server/service.hpp',
    'runtime/worker/y.cpp': 'runtime/torch/model.hpp',
    'runtime/ipc/z.cpp': 'runtime/sdk/library.hpp',
    'runtime/sdk/x.cpp': 'runtime/ipc/messages.hpp',
    'runtime/torch/x.cpp': 'runtime/worker/main.hpp',
    'runtime/server/y.cpp': 'runtime/worker/main.hpp',
    'runtime/ipc/y.cpp': 'httplib.h',
}


def includes_of_tree(root):
    """Yields (path relative to root, included name) of every source file of the layers."""
    for layer in LAYERS:
        for path in sorted((root / layer).rglob('*')):
            if path.suffix in SUFFIXES:
                name = path.relative_to(root).as_posix()
                for included in INCLUDE.findall(path.read_text(encoding='utf-8')):
                    yield name, included


def violations(includes):
    """Lists (file, include, rule) of everything that breaks a rule or a limit."""
    includes = list(includes)
    found = []
    for text, watched, forbidden, excused in RULES:
        for name, included in includes:
            if re.match(watched, name) and re.match(forbidden, included):
                if not (excused and re.match(excused, name)):
                    found.append((name, included, text))
    for header, folder, limit in LIMITS:
        files = sorted({name for name, included in includes
                        if name.startswith(folder) and re.match(header, included)})
        for name in files[limit:]:
            found.append((name, header, limit_text(folder, limit)))
    return found


def limit_text(folder, limit):
    return f'at most {limit} file(s) in {folder} may include it'


def foreign_imports(source, own):
    """The modules that a Python source imports, but the standard library's and `own`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return sorted(name for name in names if name.split('.')[0] not in sys.stdlib_module_names | own)


def python_violations(root):
    """The same for runtime/python: the standard library alone."""
    packages = root / 'runtime/python'
    own = {path.name for path in packages.iterdir() if path.is_dir()} | {'cog'}  # the user's package
    for path in sorted(packages.rglob('*.py')):
        for name in foreign_imports(path.read_text(encoding='utf-8'), own):
            yield path.relative_to(root).as_posix(), name, 'runtime/python needs the standard library alone'


def missed_plants():
    """What the check does not find although it breaks a rule."""
    caught = {name for name, _, _ in violations(PLANTED.items())}
    missed = [f'{name} includes {PLANTED[name]}' for name in sorted(set(PLANTED) - caught)]
    for header, folder, limit in LIMITS:
        included = header.replace('\\', '')
        files = [(f'{folder}{i}.cpp', included) for i in range(limit + 1)]
        if limit_text(folder, limit) not in {text for _, _, text in violations(files)}:
            missed.append(f'{limit + 1} files in {folder} include {included}')
        if limit_text(folder, limit) in {text for _, _, text in violations(files[:limit])}:
            missed.append(f'{limit} files in {folder} may include {included}')
    if foreign_imports('import json, torch\nfrom yaml.nodes import Node', set()) != ['torch', 'yaml.nodes']:
        missed.append('modules that are not of the standard library')
    return missed


def main():
    if '--plant' in sys.argv:
        missed = missed_plants()
        print('\n'.join(f'not caught: {text}' for text in missed) or 'all planted violations caught')
        return 1 if missed else 0
    root = pathlib.Path(sys.argv[-1])
    found = violations(includes_of_tree(root)) + list(python_violations(root))
    for name, included, text in found:
        print(f'{name} includes {included}: {text}')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
