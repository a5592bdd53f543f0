"""Who may import whom: a table of the parts of the program, and what each may use."""

TETRIS = "trainer.tasks.tetris"
GYM = "trainer.tasks.gym"
SCRIPT = "trainer.tasks.script"
SETTINGS = {"trainer.config", "trainer.settings"}
RUNS = {"trainer.creating", "trainer.starting", "trainer.probing"}
NOTIFYING = "trainer.notifying"
APP = {
    *RUNS, "trainer.queueing", "trainer.seeds", "trainer.sweeping",
    "trainer.acknowledging", "trainer.stopping", "trainer.children", "trainer.jobs", "trainer.examples",
    "trainer.resources", *SETTINGS, "trainer.tasks", "trainer.run_files", "trainer.analysis", "trainer.numbers",
    NOTIFYING, f"{NOTIFYING}.starting",
    f"{TETRIS}.game", f"{TETRIS}.files", f"{TETRIS}.metrics", GYM, f"{GYM}.catalogue", f"{GYM}.files", "pages",
}  # fmt: skip
COMMANDS = {*RUNS, *SETTINGS, "trainer", "trainer.numbers", "trainer.run_files", "trainer.learning", "trainer.tasks"}
PROCESS = {"trainer.streams", "trainer.lean_imports", "trainer.signals", "trainer.resources"}
LEARNER = {*SETTINGS, "trainer.learning.mean_interval", "trainer.numbers", "trainer.run_files", "trainer.signals", "trainer.resources"}
MAY_IMPORT = {  # besides itself, trainer.errors and trainer.program
    "streamlit_app": APP,
    "pages": APP,
    "trainer.__main__": {
        *COMMANDS,
        *PROCESS,
        "trainer.app_command",
        "trainer.argument_types",
        "trainer.clean_command",
        "trainer.import_command",
        "trainer.model_commands",
        "trainer.notify_command",
        "trainer.train_commands",
        "trainer.compare",
        "trainer.control_command",
        "trainer.examples",
        "trainer.list_commands",
        "trainer.queue_command",
        "trainer.sweep_command",
        "trainer.analysis",
    },
    "trainer.console": {"trainer.__main__", "trainer.lean_imports", "trainer.streams"},
    "trainer.app_command": {"trainer.model_commands"},
    "trainer.model_commands": {*COMMANDS, "trainer.signals", "trainer.argument_types"},
    "trainer.train_commands": {
        *COMMANDS,
        *PROCESS,
        "trainer.engines",
        "trainer.queueing",
        "trainer.seeds",
        "trainer.argument_types",
        "trainer.model_commands",
    },
    "trainer.clean_command": {"trainer.model_commands", "trainer.numbers", "trainer.run_files"},
    "trainer.compare": {
        "trainer.analysis",
        "trainer.argument_types",
        "trainer.model_commands",
        "trainer.numbers",
        "trainer.run_files",
        "trainer.tasks",
    },
    "trainer.analysis": {"trainer.settings", "trainer.tasks", "trainer.numbers", "trainer.run_files"},
    "trainer.control_command": {
        *("trainer.acknowledging", "trainer.argument_types", "trainer.model_commands", "trainer.probing"),
        *("trainer.run_files", "trainer.stopping"),
    },
    "trainer.list_commands": {
        *("trainer.argument_types", "trainer.model_commands", "trainer.numbers", "trainer.probing", "trainer.run_files"),
        *(GYM, f"{GYM}.catalogue"),
    },
    "trainer.queueing": {"trainer.children", "trainer.config", "trainer.creating", "trainer.run_files", "trainer.starting"},
    "trainer.sweeping": {
        *(*RUNS, *SETTINGS, "trainer.queueing", "trainer.children", "trainer.processes", "trainer.numbers", "trainer.resources"),
        *("trainer.analysis", "trainer.run_files", "trainer.tasks"),
    },
    "trainer.sweep_command": {
        *("trainer.argument_types", "trainer.engines", "trainer.model_commands", "trainer.numbers", "trainer.resources"),
        *("trainer.run_files", "trainer.seeds", "trainer.sweeping", "trainer.tasks", "trainer.train_commands"),
    },
    "trainer.notify_command": {NOTIFYING, "trainer.model_commands", "trainer.numbers", "trainer.run_files", "trainer.signals"},
    f"{NOTIFYING}.starting": {"trainer.children", "trainer.run_files"},
    NOTIFYING: {f"{NOTIFYING}.starting", "trainer.numbers", "trainer.probing", "trainer.run_files"},
    "trainer.queue_process": {f"{NOTIFYING}.starting", "trainer.engines", "trainer.queueing", "trainer.run_files", "trainer.starting"},
    "trainer.queue_command": {
        *("trainer.engines", "trainer.model_commands", "trainer.numbers", "trainer.probing", "trainer.queueing"),
        *("trainer.queue_process", "trainer.run_files", "trainer.signals"),
    },
    "trainer.engines.ray": {
        *("trainer.endings", "trainer.probing", "trainer.processes", "trainer.resources"),
        *("trainer.run_files", "trainer.stopping"),
    },
    "trainer.engines": {
        *(*RUNS, "trainer.engines.ray", "trainer.children", "trainer.forking", "trainer.resources", "trainer.run_files"),
        *("trainer.learning", "trainer.streams", "trainer.tasks"),
    },
    "trainer.acknowledging": {"trainer.run_files"},
    "trainer.processes": {"trainer.run_files"},
    "trainer.stopping": {"trainer.probing", "trainer.run_files", "trainer.tasks"},
    "trainer.endings": {"trainer.resources", "trainer.run_files"},
    "trainer.forking": {"trainer.signals"},
    "trainer.children": {"trainer.forking", "trainer.endings", "trainer.processes", "trainer.resources", "trainer.run_files"},
    "trainer.creating": {"trainer.processes", "trainer.config", "trainer.run_files", "trainer.seeds", "trainer.tasks"},
    "trainer.seeds": {"trainer.config"},
    "trainer.starting": {"trainer.children", "trainer.probing", "trainer.run_files", "trainer.tasks"},
    "trainer.probing": {"trainer.children", "trainer.endings", "trainer.processes", "trainer.run_files", "trainer.tasks"},
    "trainer.jobs": {"trainer.children", "trainer.processes", "trainer.run_files"},
    "trainer.examples": {*RUNS, "trainer.queueing", "trainer.config", "trainer.tasks", "trainer.run_files"},
    "trainer.import_command": {
        *("trainer.argument_types", "trainer.importing", "trainer.model_commands", "trainer.numbers", "trainer.run_files"),
        "trainer.tasks",
    },
    "trainer.importing": {"trainer.learning.mean_interval", "trainer.numbers", "trainer.run_files", "trainer.settings", "trainer.tasks"},
    "trainer.learning.mean_interval": set[str](),
    "trainer.learning": {*LEARNER, "trainer.streams", f"{NOTIFYING}.starting"},
    TETRIS: {
        *SETTINGS,
        "trainer.tasks",
        "trainer.run_files",
        "trainer.learning",
        f"{TETRIS}.metrics",
        f"{TETRIS}.files",
        f"{TETRIS}.learner",
        f"{TETRIS}.commands",
    },
    f"{TETRIS}.learner": {*LEARNER, TETRIS, "trainer.learning", f"{TETRIS}.files", f"{TETRIS}.game"},
    f"{TETRIS}.commands": {*LEARNER, TETRIS, "trainer.tasks", "trainer.learning", f"{TETRIS}.files", f"{TETRIS}.game", f"{TETRIS}.learner"},
    f"{TETRIS}.files": {"trainer.run_files"},
    f"{GYM}.files": {"trainer.run_files"},
    f"{TETRIS}.game": set[str](),
    GYM: {*LEARNER, "trainer.tasks", "trainer.learning", f"{GYM}.catalogue", f"{GYM}.commands", f"{GYM}.files"},
    SCRIPT: {
        *LEARNER,
        f"{NOTIFYING}.starting",
        "trainer.tasks",
        "trainer.learning",
        "trainer.creating",
        "trainer.probing",
        "trainer.processes",
    },
    f"{GYM}.catalogue": {"trainer.children", "trainer.run_files"},
    f"{GYM}.commands": {*LEARNER, GYM, "trainer.tasks", "trainer.learning"},
    f"{TETRIS}.metrics": {"trainer.tasks"},
    "trainer.tasks": {*SETTINGS, "trainer.learning", "trainer.run_files"},
    "trainer.streams": set[str](),
    "trainer.lean_imports": set[str](),
    "trainer.argument_types": {"trainer.run_files"},
    "trainer.resources": set[str](),
    "trainer.signals": set[str](),
    "trainer.config": {"trainer.settings"},
    "trainer.settings": {"trainer.numbers"},
    "trainer.numbers": set[str](),
    "trainer.errors": set[str](),
    "trainer.program": set[str](),
    "trainer.run_files": set[str](),
    "trainer": {SCRIPT},
}
ONLY_IN = {
    "torch": {"trainer.learning", SCRIPT, GYM, f"{GYM}.commands", f"{TETRIS}.learner", f"{TETRIS}.commands"},
    "stable_baselines3": {"trainer.learning", SCRIPT, GYM, f"{GYM}.commands", f"{TETRIS}.learner", f"{TETRIS}.commands"},
    "onnx": {"trainer.learning"},
    "numba": {f"{TETRIS}.game"},
    "gymnasium": {"trainer.learning", SCRIPT, GYM, f"{GYM}.commands", f"{TETRIS}.game", f"{TETRIS}.learner", f"{TETRIS}.commands"},
    "streamlit": {"streamlit_app", "pages", "trainer.app_command"},
    "plotly": {"pages"},
    "ray": {"trainer.engines.ray"},
    "apprise": {NOTIFYING},
}
NEVER_IN_THE_APP = ("torch", "stable_baselines3", "numba", "gymnasium", "onnx", "apprise")


def area_of(module: str) -> str:
    """The part of the program a module belongs to: the longest name in the table that it begins with."""
    return max((area for area in MAY_IMPORT if module == area or module.startswith(area + ".")), key=len, default="")
