"""Runs the compiler on predictor.cpp once for each mistake that must not compile, and
looks for the sentence that tells the author what is wrong.

usage: check.py COMPILER INCLUDE_DIRECTORY SOURCE
"""
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SETUP = "setup() is one public member function without parameters or with const cogpp::Setup&"
HEALTHCHECK = "healthcheck() is one public member function that takes no parameters and returns bool"
CASES = {
    "NO_PREDICT": "needs one public member function predict(), neither overloaded nor a template",
    "OVERLOADED": "needs one public member function predict(), neither overloaded nor a template",
    "REFERENCE": "predict() and train() take their inputs by value or by const reference",
    "UNKNOWN_INPUT": "this parameter of predict() or train() cannot be an input: use std::string",
    "UNION_WITH_FILE": "an input has no files inside of a std::variant",
    "UNKNOWN_OUTPUT": "predict() and train() cannot return this type: use void, std::string",
    "PATH_DEFAULT": "a cogpp::Path parameter has no default: make it std::optional",
    "GE_ON_STRING": "ge() and le() need a number parameter, such as std::int64_t or double",
    "REGEX_ON_INTEGER": "min_length(), max_length() and regex() need a std::string parameter",
    "TEXT_CHOICES": "choices() of integers need an integer parameter, such as std::int64_t",
    "INTEGER_CHOICES": "choices() of texts need a std::string parameter",
    "SECRET_DEFAULT": "a cogpp::Secret parameter has no default, which the API's schema would show",
    "PLAIN_NAME": "COGPP_PREDICTOR and COGPP_TRAINER take a cogpp::input(",
    "LIST_DEFAULT": "the value of default_to() does not have the type of the parameter",
    "UNKNOWN_STREAM": "cogpp::Stream<T> cannot send this type: use std::string, std::int64_t",
    "UNKNOWN_FIELD": "a field of this COGPP_STRUCT has a type that no output may have: use std::string",
    "UNKNOWN_FIELD_INPUT": "a field of this COGPP_STRUCT has a type that no output may have: use std::string",
    "REF_QUALIFIED": "predict() and train() are member functions without & or && or volatile",
    "ACCEPT": "accept() needs a cogpp::Path parameter",
    "DEFAULT": "the value of default_to() does not have the type of the parameter",
    "FRACTION_DEFAULT": "the value of default_to() does not have the type of the parameter",
    "NULL_DEFAULT": "the value of default_to() does not have the type of the parameter",
    "SETUP_PRIVATE": SETUP,
    "SETUP_PARAMETER": SETUP,
    "SETUP_OVERLOADED": SETUP,
    "TRAINER_SETUP": SETUP,
    "HEALTHCHECK": HEALTHCHECK,
    "HEALTHCHECK_PRIVATE": HEALTHCHECK,
    "HEALTHCHECK_OVERLOADED": HEALTHCHECK,
    "TRAINER_COUNT": "COGPP_TRAINER needs exactly one cogpp::input(...) for each parameter",
    "NO_TRAIN": "the trainer's class needs one public member function train()",
    "TRAINER_INPUT": "this parameter of predict() or train() cannot be an input: use std::string",
    "COUNT": "COGPP_PREDICTOR needs exactly one cogpp::input(...) for each parameter of predict(), in their order",
}


HEADER = "cogpp/predictor.hpp"


def precompile(folder):
    """Spares each case the header; a compiler that cannot use the result passes it over."""
    compiler, include, _ = sys.argv[1:4]
    output = pathlib.Path(folder, HEADER + ".gch")
    output.parent.mkdir()
    subprocess.run([compiler, "-std=c++20", "-w", f"-I{include}", "-x", "c++-header",
                    f"{include}/{HEADER}", "-o", str(output)], check=True)


def compile_case(name, precompiled):
    compiler, include, source = sys.argv[1:4]
    define = [f"-DCASE_{name}"] if name else []
    command = [compiler, "-std=c++20", "-fsyntax-only", f"-I{precompiled}", f"-I{include}",
               *define, source]
    return subprocess.run(command, capture_output=True, text=True)


def verdict(name, precompiled):
    result = compile_case(name, precompiled)
    if not name:
        return "" if result.returncode == 0 else "the correct predictor: " + result.stderr
    errors = [line for line in result.stderr.splitlines() if "error:" in line]
    if result.returncode == 0:
        return f"{name}: compiled"
    if not any("cogpp: " in line and CASES[name] in line for line in errors):
        return f"{name}: no such message in\n" + "\n".join(errors)
    if "cogpp: " not in errors[0]:
        return f"{name}: another error stands first: {errors[0]}"
    return ""


def main():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        precompile(folder)
        outcomes = pool.map(lambda name: verdict(name, folder), ["", *CASES])
        failures = [text for text in outcomes if text]
    print("\n".join(failures) or f"{len(CASES)} mistakes were refused, the correct one compiled")
    return 1 if failures else 0


sys.exit(main())
