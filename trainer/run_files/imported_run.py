"""A run that is made of a bundle: not trained, with the bundle's model as its best one. The same for every task."""

from dataclasses import replace
from pathlib import Path

from ..errors import FormatError, RunDirectoryError, reason
from .bundle import CONFIG_FILE, EVALUATION_FILE, Bundle
from .config_file import ConfigFile, Parent, parse_config, write_config
from .control import update_control
from .files import parse_document
from .models import METADATA_FILE, MODEL_FILE, BestMetadata, metadata_of, save_best
from .opening import remove_folder
from .process_identity import ProcessIdentity
from .reports import Report, report_of, save_report
from .run_directory import RunDirectory, make_run_directory
from .status import Best, Status, write_status


def descriptions_in(bundle: Bundle) -> tuple[ConfigFile, BestMetadata]:
    """The settings of the training and the metadata of the model.

    Raises:
        FormatError: one is damaged.
    """
    try:
        return parse_config(bundle.contents[CONFIG_FILE]), metadata_of(parse_document(bundle.contents[METADATA_FILE], METADATA_FILE))
    except FormatError as error:
        raise unfit_bundle(error) from None


def unfit_bundle(why: object) -> FormatError:
    """What is said of a bundle that becomes no run."""
    return FormatError(f"The bundle cannot be imported: {str(why).rstrip('.')}.")


def trusted_model(bundle: Bundle, metadata: BestMetadata) -> bytes:
    """The bundle's own model file, of one who is trusted.

    Raises:
        FormatError: it is not the one that its metadata describe.
    """
    if bundle.manifest.sha256[MODEL_FILE] != metadata.sha256:
        raise FormatError(f"{MODEL_FILE} of the bundle must be the file that its {METADATA_FILE} describes; its SHA-256 differs.")
    return bundle.contents[MODEL_FILE]


def trusted_report(bundle: Bundle) -> Report:
    """The bundle's own evaluation, of one who is trusted.

    Raises:
        FormatError: it is damaged.
    """
    try:
        report = report_of(parse_document(bundle.contents[EVALUATION_FILE], EVALUATION_FILE))
    except FormatError as error:
        raise unfit_bundle(error) from None
    return replace(report, sha256=bundle.manifest.sha256[MODEL_FILE], model="best")


def write_imported_run(
    bundle: Bundle, model: bytes, *, runs_dir: Path, name: str, total_timesteps: int, report: Report | None = None
) -> RunDirectory:
    """Make the run. Nothing is left behind when it cannot be written.

    Args:
        bundle: where it is from.
        model: the content of its `model.zip`.
        runs_dir: where runs are kept.
        name: what to call the run; the name it had, if empty.
        total_timesteps: of the training.
        report: the evaluation that is believed.

    Raises:
        FormatError: a description in the bundle is damaged.
        RunDirectoryError: the run cannot be written.
    """
    config, metadata = descriptions_in(bundle)
    run = make_run_directory(runs_dir, name or config.name)
    try:
        save_best(run, model, metadata)
        if report is not None:
            save_report(run, report)
        write_status(run, _status(metadata, total_timesteps))
        update_control(run, by="import")
        parent = Parent(bundle.manifest.run, "bundle", metadata.step)
        write_config(run, ConfigFile(name or config.name, config.seed, config.task, config.settings, parent, versions=config.versions))
    except OSError as error:
        remove_folder(run.path)
        raise RunDirectoryError(f"The imported run cannot be written ({reason(error)}); nothing was imported.") from None
    return run


def _status(metadata: BestMetadata, total_timesteps: int) -> Status:
    return Status(
        state="imported", process=ProcessIdentity.own(), total_timesteps=total_timesteps,
        num_timesteps=metadata.step, episodes=metadata.episode, active_seconds=metadata.active_seconds,
        best=Best(metadata.metric, metadata.value, metadata.step),
    )  # fmt: skip
