"""Proves the dependency rule of docs/architecture.md from the code's own includes.

usage: check.py [--plant] ROOT
With --plant the check runs on a copy of the rules' own counter-examples and must
find each of them, so that a check that finds nothing cannot pass unnoticed.
"""
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
    ('the worker knows nothing of the server', r'runtime/(worker|sdk|ipc|torch)/', r'runtime/server/', None),
    ('the server loads no predictor', r'runtime/server/', r'(runtime/(worker|sdk|torch)|cogpp)/', None),
    ('system HTTP headers stay in the HTTP files', r'(schema|runtime/(worker|sdk|ipc|torch))/', r'httplib\.h',
     None),
]

# (header, folder, how many files of that folder may include it)
LIMITS = [
    (r'httplib\.h', 'runtime/server/', 1),
    (r'httplib\.h', 'cli/', 2),
    (r'boost/process', 'runtime/', 1),
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
            found.append((name, header, f'at most {limit} file(s) in {folder} may include it'))
    return found


def main():
    if '--plant' in sys.argv:
        caught = {name for name, _, _ in violations(PLANTED.items())}
        missed = sorted(set(PLANTED) - caught)
        print('\n'.join(f'not caught: {name} includes {PLANTED[name]}' for name in missed) or
              f'all {len(PLANTED)} planted violations caught')
        return 1 if missed else 0
    found = violations(includes_of_tree(pathlib.Path(sys.argv[-1])))
    for name, included, text in found:
        print(f'{name} includes {included}: {text}')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
