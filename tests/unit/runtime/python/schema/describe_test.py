"""cogpp_schema against tables of sources: what is read, and every error's text
(cog-cli §15)."""

import unittest

from projects import EXTERNAL, function, IMPORTS, input_of, output_of, Project, ROOT

UNKNOWN = ("cannot resolve type '{0}' - it is not a primitive type (str, int, float, bool, Path) "
           "and no BaseModel definition was found in the predict file")
NESTED = "unsupported type: nested generics like List[Optional[X]] are not supported"

# parameter, text
INPUT_ERRORS = [
    ("x=1", "parameter 'x' on run has no type annotation"),
    ("x: int = foo()", "parameter 'x': default `foo()` cannot be statically resolved"),
    ("x: int = cog.Input(default=1)",
     "parameter 'x': default `cog.Input(default=1)` cannot be statically resolved"),
    ("x: List[str] = Input(default_factory=list)",
     "parameter 'x': default_factory is not supported in static schema generation"),
    ("x: str = Input(choices=make())",
     "parameter 'x': choices expression cannot be statically resolved"),
    ("x: str = Input(choices=[a, 'b'])",
     "parameter 'x': choices expression cannot be statically resolved"),
    ("x: str = Input(accept='image/*')",
     "accept is only valid on Path or File inputs (parameter 'x')"),
    ("x: List[List[int]]", NESTED),
    ("x: List[Optional[int]]", NESTED),
    ("x: List[Union[int, str]]", NESTED),
    ("x: List[int, str]", "unsupported type: List expects exactly 1 type argument, got 2"),
    ("x: Optional[int, str]", "unsupported type: Optional expects exactly 1 type argument, got 2"),
    ("x: Union[Path, str]", "unsupported type: Path is not supported in union inputs"),
    ("x: str | File", "unsupported type: File is not supported in union inputs"),
    ("x: Secret | int", "unsupported type: Secret is not supported in union inputs"),
    ("x: str | List[Path]", "unsupported type: Path is not supported in union inputs"),
    ("x: Union[str, Union[int, float]]", "unsupported type: nested union inputs are not supported"),
    ("x: Union[str, Optional[int]]",
     "unsupported type: nested nullable variants are not supported in union inputs"),
    ("x: Union[None]", "unsupported type: union inputs must include at least one non-None type"),
    ("x: Union[str, int] = Input(ge=1)",
     "unsupported type: constraints and choices are not supported on union inputs"),
    ("x: Union[str, int] = Input(choices=['a'])",
     "unsupported type: constraints and choices are not supported on union inputs"),
    ("x: Literal['a', 'b']", "unsupported type: Literal[...] is not a supported input type"),
    ("x: np.ndarray", EXTERNAL.format("ndarray", "numpy")),
    ("x: Iterator", EXTERNAL.format("Iterator", "typing")),
    ("x: list", EXTERNAL.format("list", "builtins")),
    ("x: Unknown", "unsupported type: Unknown"),
    ("x: M", "unsupported type: M"),
    ("x: int + str", "unsupported type: non-union binary operator in type annotation"),
    ("x: make()", "unsupported type: call: make()"),
    ("x: 'not a type'", "unsupported type: string annotation: 'not a type'"),
]

# return annotation, text
OUTPUT_ERRORS = [
    ("Optional[str]", "unsupported output type: Optional is not allowed as a return type"),
    ("str | None", "unsupported output type: Optional is not allowed as a return type"),
    ("Union[None, str]", "unsupported output type: Optional is not allowed as a return type"),
    ("Annotated[Optional[np.ndarray], Opaque]",
     "unsupported output type: Optional is not allowed as a return type"),
    ("str | int", "unsupported type: union types are not supported as output"),
    ("None", EXTERNAL.format("None", "builtins")),
    ("np.ndarray", EXTERNAL.format("ndarray", "numpy")),
    ("Unknown", UNKNOWN.format("Unknown")),
    ("Child", UNKNOWN.format("Child")),
    ("ConcatenateIterator[int]", "ConcatenateIterator element type must be str, got int"),
    ("AsyncConcatenateIterator[List[str]]",
     "unsupported type: ConcatenateIterator element type must be a simple type"),
    ("Iterator[int, str]", "unsupported type: Iterator expects exactly 1 type argument"),
    ("Dict[str]", "unsupported type: dict expects 0 or 2 type arguments"),
    ("Dict[str, Unknown]", "resolving dict value type: " + UNKNOWN.format("Unknown")),
    ("Literal['a']", "unsupported type: Literal[...] is not a supported output type"),
    ("Bad", 'field "x": unsupported type: union types are not supported as output'),
]
MODELS = """
class M(BaseModel):
    a: int
class Child(M):
    b: int
class Bad(BaseModel):
    x: Union[int, str]
"""

# decorators, definition, text
DECORATOR_ERRORS = [
    ("@streaming", "def run() -> str", "@streaming requires Iterator[...], AsyncIterator[...], "
     "ConcatenateIterator[...] or AsyncConcatenateIterator[...] return type"),
    ("@cog.concurrent(2)", "async def run() -> str",
     "@concurrent only supports literal integer max=... arguments"),
    ("@concurrent(most=2)", "async def run() -> str",
     "@concurrent only supports literal integer max=... arguments"),
    ("@concurrent(max=N)", "async def run() -> str", "@concurrent max must be an integer literal"),
    ("@concurrent(max=True)", "async def run() -> str", "@concurrent max must be an integer literal"),
    ("@concurrent(max=0)", "async def run() -> str", "@concurrent max must be at least 1"),
    ("@concurrent(max=2)", "def run() -> str",
     "@concurrent(max > 1) requires an async run() or predict() method"),
]

# the type's annotation, its JSON form
INPUT_TYPES = [
    ("bool", {"kind": "boolean"}),
    ("cog.Path", {"kind": "path"}),
    ("File", {"kind": "path"}),
    ("Secret", {"kind": "secret"}),
    ("Any", {"kind": "object"}),
    ("dict", {"kind": "object"}),
    ("typing.Dict[str, int]", {"kind": "object"}),
    ("TD", {"kind": "object"}),
    ("list[TD]", {"kind": "array", "items": [{"kind": "object"}]}),
    ("List['Path']", {"kind": "array", "items": [{"kind": "path"}]}),
    ("'Optional[List[int]]'",
     {"kind": "array", "items": [{"kind": "integer"}], "optional": True}),
    ("int | None", {"kind": "integer", "optional": True}),
    ("Union[None, int]", {"kind": "integer", "optional": True}),
    ("str | float | None",
     {"kind": "union", "items": [{"kind": "string"}, {"kind": "number"}], "optional": True}),
    ("Optional[Union[int, List[str]]]",
     {"kind": "union", "items": [{"kind": "integer"},
                                 {"kind": "array", "items": [{"kind": "string"}]}],
      "optional": True}),
    ("Annotated[int, Field(ge=1)]", {"kind": "integer"}),
    ("Annotated[np.ndarray, Opaque]", {"kind": "object"}),
    ("Annotated[list[np.ndarray], cog.Opaque]", {"kind": "array", "items": [{"kind": "object"}]}),
    ("Annotated[Optional[np.ndarray], Opaque]", {"kind": "object", "optional": True}),
    ("List[Annotated[np.ndarray, Opaque]]", {"kind": "array", "items": [{"kind": "object"}]}),
]

# the parameter's rest, what is said of it beside name and type
INPUT_SAYINGS = [
    (": int = Input(5)", {}),
    (": int = 3", {"default": 3}),
    (": int = -3", {"default": -3}),
    (": int = 0x10", {"default": 16}),
    (": int = LIMIT", {"default": 7}),
    (": int = Input(default=LIMIT, ge=LIMIT)", {"default": 7}),
    (": int = Input(ge=1, le=1_000)", {"ge": 1.0}),
    (": float = Input(ge=-1.5, le=1e3)", {"ge": -1.5, "le": 1000.0}),
    (": int = Input(default=make())", {"default": None}),
    (": int = In(default=99999999999999999999)", {"default": None}),
    (": str = Input(description=TEXT, min_length=1, max_length=4)",
     {"description": "a text", "min_length": 1, "max_length": 4}),
    (": str = Input(regex=r'^\\d+$', deprecated=True, unknown=1)",
     {"regex": "^\\d+$", "deprecated": True}),
    (": str = Input(default='a\\n' 'b')", {"default": "a\nb"}),
    (": str = Input(choices=['a'] + list(NAMES.keys()))", {"choices": ["a", "k", "l"]}),
    (": int = Input(choices=list(NAMES.values()))", {"choices": [1, 2]}),
    (": str = Input(choices=LIST)", {"choices": ["x", "y"]}),
    (": Any = {'a': [1, None, 2.5], 2: True}", {"default": {"a": [1, None, 2.5], "2": True}}),
    (": list[int] = (1, 2)", {"default": [1, 2]}),
    (": list[Path] = Input(accept='image/*')", {"accept": "image/*"}),
    (": str = Inputs.plain", {"default": "p", "description": "plain"}),
    (": str = Inputs.make('d', ge=2, other=1)", {"default": "d", "description": "made", "ge": 2.0}),
]
SCOPE = """
LIMIT = 7
TEXT: str = "a text"
NAMES = {"k": 1, "l": 2}
LIST = ("x", "y")
class TD(TypedDict):
    a: int
class Inputs:
    plain = Input(default="p", description="plain")
    @staticmethod
    def make(default, ge=1):
        return Input(default=default, ge=1, description="made")
"""


class Errors(unittest.TestCase):
    def test_inputs(self):
        for parameter, text in INPUT_ERRORS:
            with self.subTest(parameter):
                self.assertEqual(function(parameter, before=MODELS).fails("predict.py:run"), text)

    def test_outputs(self):
        for output, text in OUTPUT_ERRORS:
            with self.subTest(output):
                project = function(output=output, before=MODELS)
                self.assertEqual(project.fails("predict.py:run"), text)

    def test_decorators(self):
        for decorator, definition, text in DECORATOR_ERRORS:
            with self.subTest(decorator):
                project = Project(predict=f"{IMPORTS}{decorator}\n{definition}: pass\n")
                self.assertEqual(project.fails("predict.py:run"), text)

    def test_targets(self):
        project = Project(
            predict="""
                class Empty: pass
                class Predictor:
                    def run(self, x: int): pass
                class Trainer:
                    def fit(self) -> str: pass
                def other() -> str: pass
                """,
            broken="def run(:\n")
        self.assertEqual(project.fails("predict.py:Empty"), "Empty must define run() or predict()")
        self.assertEqual(project.fails("predict.py:Missing"), "Missing")
        self.assertEqual(project.fails("predict.py:Predictor"), "run")  # no return annotation
        # Cog's two texts say no more; ours do.
        self.assertEqual(project.error("predict.py:Missing").clear,
                         'class "Missing" not found in predict.py; found: Empty, Predictor, Trainer, other')
        for text in "Missing = made()", "from made import Missing", "if made:\n    class Missing: pass":
            self.assertEqual(Project(predict=text).error("predict.py:Missing").clear,
                             '"Missing" in predict.py is no class or function of its top level, '
                             "so that its types cannot be read")
        self.assertEqual(project.error("predict.py:Predictor").clear,
                         "predict.py:4 — run() has no return type annotation. "
                         "Add the type of the output, for example: -> str")
        self.assertEqual(project.error("predict.py:Empty").clear, "Empty must define run() or predict()")
        self.assertEqual(project.fails("predict.py:other", "predict.py:Trainer"),
                         "Trainer.train not found")
        for reference in ("predict.py", ":Predictor", "predict.py:"):
            self.assertEqual(project.fails(reference),
                             f"invalid predict reference '{reference}' — expected format: "
                             "file.py:ClassName or file.py:function_name")
        self.assertEqual(project.fails("../x.py:Predictor"),
                         'predictor source path "../x.py" is outside source directory')
        self.assertEqual(project.fails("none.py:Predictor"),
                         "failed to read predictor source DIR/none.py: open DIR/none.py: "
                         "no such file or directory")
        self.assertIn("failed to parse Python source: broken.py, line 1: ",
                      project.fails("broken.py:run"))


class Inputs(unittest.TestCase):
    def test_types(self):
        for annotation, expected in INPUT_TYPES:
            with self.subTest(annotation):
                self.assertEqual(input_of(f"x: {annotation}", SCOPE)["type"], expected)

    def test_sayings(self):
        for rest, expected in INPUT_SAYINGS:
            with self.subTest(rest):
                said = input_of("x" + rest, SCOPE)
                del said["name"], said["type"]
                self.assertEqual(said, expected)

    def test_which_parameters_are_inputs(self):
        project = function("self, bare, a: int, /, b: str = 'b', *args: int, c: bool = True, **kw")
        inputs = project.describe("predict.py:run")["signature"]["inputs"]
        self.assertEqual([(item["name"], item.get("default")) for item in inputs],
                         [("a", None), ("b", "b"), ("c", True)])


class Outputs(unittest.TestCase):
    def test_types(self):
        integer = {"kind": "integer"}
        table = [
            ("Path", {"output": {"kind": "path"}, "mode": "value"}),
            ("list", {"output": {"kind": "array", "items": [{"kind": "object"}]}, "mode": "value"}),
            ("List[Dict[str, List[int]]]",
             {"output": {"kind": "array", "items": [
                 {"kind": "map", "items": [{"kind": "array", "items": [integer]}]}]},
              "mode": "value"}),
            ("Iterator[Path]", {"output": {"kind": "path"}, "mode": "iterator"}),
            ("AsyncIterator[M]",
             {"output": {"kind": "struct", "fields": [{"name": "a", "type": integer}]},
              "mode": "iterator"}),
            ("cog.ConcatenateIterator[str]", {"output": {"kind": "string"}, "mode": "concatenate"}),
            ("Annotated[np.ndarray, Opaque]", {"output": {"kind": "object"}, "mode": "value"}),
        ]
        for output, expected in table:
            with self.subTest(output):
                self.assertEqual(output_of(output, MODELS), expected)

    def test_fields_of_a_model(self):
        fields = output_of("Out", """
            class Out(cog.BaseModel):
                plain: int
                null: Optional[str]
                preset: int = 3
                made: int = Field(default=3)
                again: 'Optional[Out]' = None
                anything: Annotated[np.ndarray, Opaque]
                count = 1
            """.replace("\n            ", "\n"))["output"]["fields"]
        self.assertEqual(fields, [
            {"name": "plain", "type": {"kind": "integer"}},
            {"name": "null", "type": {"kind": "string", "optional": True}},
            {"name": "preset", "type": {"kind": "integer"}, "default": 3},
            {"name": "made", "type": {"kind": "integer"}},
            {"name": "again", "type": {"kind": "object", "optional": True}, "default": None},
            {"name": "anything", "type": {"kind": "object"}}])

    def test_keys_of_a_typed_dict(self):
        fields = output_of("Child", """
            class Parent(TypedDict, total=False):
                a: int
                b: Required[str]
            class Child(Parent):
                c: Optional[int]
                d: typing.NotRequired[int]
                a: str
            """.replace("\n            ", "\n"))["output"]["fields"]
        self.assertEqual(fields, [
            {"name": "a", "type": {"kind": "string"}, "required": True},
            {"name": "b", "type": {"kind": "string"}, "required": True},
            {"name": "c", "type": {"kind": "integer", "optional": True}, "required": True},
            {"name": "d", "type": {"kind": "integer"}, "required": False}])

    def test_decorators(self):
        streamed = function(output="Iterator[str]", decorators="@cog.streaming()")
        self.assertTrue(streamed.describe("predict.py:run")["signature"]["streaming"])
        project = Project(predict=IMPORTS + "@concurrent(max=4)\nasync def run() -> str: pass\n")
        described = project.describe("predict.py:run")
        self.assertEqual((described["concurrency"], described["async"]), (4, True))
        described = function().describe("predict.py:run")
        self.assertEqual((described["concurrency"], described["async"]), (None, False))


def tearDownModule():
    ROOT.cleanup()


if __name__ == "__main__":
    unittest.main()
