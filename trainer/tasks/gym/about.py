"""What the app and the command line know of environments of Gymnasium and of the algorithms. Nothing that learns is imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ...config import RunSettings
from ...settings import setting
from ..about import About, Starter
from ..metric import COMMON, EVALUATION, Metric
from .algorithms import ALGORITHMS, Algo
from .checks import options_of, policy_options_of, require_hyperparameters, written_alike
from .presets import DEFAULTS, TUNED_PRESET, followed

Switch = Literal["default", "on", "off"]
OF_ALL = ("net_arch", "policy_kwargs", "schedule")  # that every algorithm has, in one way or another
OWN = "the algorithm's own"
GROUP = "Hyperparameters"


def _number(label: str, help: str, at_least: float, at_most: float, *, live: bool = False) -> Any:  # noqa: A002 - as `setting`
    return setting(None, label, help, GROUP, at_least=at_least, at_most=at_most, nothing=OWN, live=live)


def _switch(label: str, help: str) -> Any:  # noqa: A002 - as `setting`
    return setting("default", label, help, GROUP, alone="on")


@dataclass(frozen=True, slots=True, kw_only=True)
class GymSettings(RunSettings):
    """Every setting of a run that trains in an environment of Gymnasium; a hyperparameter without a value is the algorithm's own."""

    task: ClassVar[str] = "gym"

    env: str = setting(
        "CartPole-v1", "Environment", "The id of a registered environment: CartPole-v1, or module:Env-v0 for one of your own.", "Run",
        advanced=False, role="problem",
    )  # fmt: skip
    algo: Algo = setting("ppo", "Algorithm", "What learns: of stable-baselines3 or sb3-contrib.", "Run", advanced=False)
    env_kwargs: str | None = setting(
        None, "Environment's options", 'As JSON: {"continuous": true}.', "Environment", role="problem", nothing="none"
    )
    n_envs: int = setting(1, "Parallel environments", "Environments that are stepped together.", "Environment", at_least=1, at_most=1_024)
    vec_env: Literal["dummy", "subproc"] = setting(
        "dummy", "Environments run in", "dummy: the trainer's own process; subproc: a process each, for slow environments.", "Environment"
    )
    atari: Literal["off", "on"] = setting(
        "off", "Atari preprocessing",
        "4 frames a step, 84 × 84 in grey, FIRE pressed, an episode a life, rewards clipped to their sign; scores are counted as they are.",
        "Environment", alone="on",
    )  # fmt: skip
    frame_stack: int = setting(
        1, "Stacked frames", "Observations that the policy sees at once: the latest ones.", "Environment", at_least=1, at_most=64
    )
    normalize: Literal["off", "observations and rewards", "observations", "rewards"] = setting(
        "off", "Normalise", "Running averages of observations and rewards (VecNormalize); evaluation sees the rewards as they are.",
        "Environment", alone="observations and rewards",
    )  # fmt: skip
    policy: Literal["auto", "MlpPolicy", "CnnPolicy", "MultiInputPolicy"] = setting(
        "auto", "Policy", "Kind of network; auto: CnnPolicy for images, MultiInputPolicy for dictionaries, else MlpPolicy.", "Environment"
    )
    device: Literal["cpu", "cuda", "auto"] = setting(
        "cpu", "Device", "Where the networks are. Small ones are fastest on the cpu.", "Environment", role="recording"
    )

    replay_limit_mb: int = setting(
        1_000, "Replay buffer in checkpoints (MB)",
        "A checkpoint holds a replay buffer up to this size, and the newest part of a larger one: then a resume is not exact.",
        "Run", at_least=1, at_most=3_000, role="recording",
    )  # fmt: skip
    replay_megabytes: int = setting(
        64, "Recorded episodes (MB)",
        "Disk space for evaluation episodes and best training episodes, to be watched again; the oldest go first, the best stay. 0: none.",
        "Measuring", at_least=0, at_most=100_000, role="recording",
    )  # fmt: skip

    net_arch: tuple[int, ...] | None = _number("Hidden layers", "Units of each hidden layer.", 1, 4_096)
    policy_kwargs: str | None = setting(
        None, "Network's options", 'Others of the policy, as JSON: {"ortho_init": false, "activation_fn": "ReLU"}.', GROUP, nothing=OWN
    )
    learning_rate: float | None = _number("Learning rate", "Step size of the optimiser.", 1e-9, 10.0, live=True)
    schedule: Literal["constant", "linear"] = setting(
        "constant", "Schedule", "linear: learning rate and clip range fall in a straight line to 0 until the last step.", GROUP
    )
    gamma: float | None = _number("Discount γ", "Weight of the next step's value.", 0.0, 1.0, live=True)
    batch_size: int | None = _number("Batch size", "Transitions a gradient step.", 1, 1_000_000, live=True)
    n_steps: int | None = _number(
        "Steps a rollout", "Of each environment between two updates; off-policy: steps of a return.", 1, 1_000_000
    )
    n_epochs: int | None = _number("Epochs", "Passes over a rollout.", 1, 1_000, live=True)
    gae_lambda: float | None = _number("GAE λ", "Between one-step (0) and whole returns (1) in advantages.", 0.0, 1.0, live=True)
    clip_range: float | None = _number("Clip range", "How far an update may move the policy.", 1e-4, 10.0, live=True)
    clip_range_vf: float | None = _number("Clip range of values", "How far an update may move the value function.", 1e-4, 1e6, live=True)
    ent_coef: str | None = setting(
        None,
        "Entropy coefficient",
        "Weight of the policy's entropy: a number, or auto where the algorithm can adapt it.",
        GROUP,
        nothing=OWN,
    )
    vf_coef: float | None = _number("Value coefficient", "Weight of the value function's loss.", 0.0, 1e3, live=True)
    max_grad_norm: float | None = _number("Gradient norm", "Gradients are cut to it.", 1e-6, 1e6, live=True)
    target_kl: float | None = _number("Target KL", "An update ends when the policy has moved further.", 1e-6, 100.0, live=True)
    normalize_advantage: Switch = _switch("Normalise advantages", "Whether advantages are brought to mean 0 and deviation 1.")
    use_sde: Switch = _switch("gSDE", "State-dependent exploration instead of independent noise.")
    sde_sample_freq: int | None = _number("gSDE: new noise every (steps)", "-1: at each rollout.", -1, 1_000_000)
    use_sde_at_warmup: Switch = _switch("gSDE from the start", "Whether it explores before learning starts too.")
    rms_prop_eps: float | None = _number("RMSProp ε", "Keeps its steps finite.", 1e-12, 1.0)
    use_rms_prop: Switch = _switch("RMSProp", "Instead of Adam.")
    buffer_size: int | None = _number("Replay buffer", "Transitions kept for replay.", 1, 100_000_000)
    learning_starts: int | None = _number("Learning starts (steps)", "Random steps before.", 0, 100_000_000, live=True)
    tau: float | None = _number("Soft-update τ", "Share of the new weights in an update of the target network.", 0.0, 1.0, live=True)
    train_freq: int | None = _number("Train every (steps)", "Steps between two updates.", 1, 1_000_000)
    gradient_steps: int | None = _number("Gradient steps", "In an update; -1: as many as steps were made.", -1, 1_000_000, live=True)
    optimize_memory_usage: Switch = _switch("Small buffer", "Each observation is kept once.")
    target_update_interval: int | None = _number("Target update (steps)", "Between two updates of the target network.", 1, 10**9, live=True)
    exploration_fraction: float | None = _number("Exploration fraction", "Share of the steps over which ε falls.", 0.0, 1.0)
    exploration_initial_eps: float | None = _number("Initial ε", "Share of random actions at the start.", 0.0, 1.0)
    exploration_final_eps: float | None = _number("Final ε", "Share of random actions after exploration.", 0.0, 1.0, live=True)
    action_noise: float | None = _number("Action noise σ", "Deviation of the noise that is added to actions.", 0.0, 100.0)
    target_entropy: str | None = setting(
        None, "Target entropy", "What an adapted entropy coefficient keeps: a number, or auto.", GROUP, nothing=OWN
    )
    policy_delay: int | None = _number("Policy delay", "Updates of the critic for one of the policy.", 1, 1_000, live=True)
    target_policy_noise: float | None = _number("Target noise σ", "Deviation of the noise at target actions.", 0.0, 100.0, live=True)
    target_noise_clip: float | None = _number("Target noise limit", "Largest noise at target actions.", 0.0, 100.0, live=True)
    top_quantiles_to_drop_per_net: int | None = _number("Dropped quantiles", "Of each critic: the largest.", 0, 1_000)
    cg_max_steps: int | None = _number("Conjugate gradient steps", "At most.", 1, 10_000, live=True)
    cg_damping: float | None = _number("Damping", "Of the Hessian.", 0.0, 100.0, live=True)
    line_search_shrinking_factor: float | None = _number("Line search factor", "Between two tries.", 1e-3, 1.0, live=True)
    line_search_max_iter: int | None = _number("Line search tries", "At most.", 1, 10_000, live=True)
    n_critic_updates: int | None = _number("Critic updates", "For one of the policy.", 1, 10_000, live=True)
    sub_sampling_factor: int | None = _number("Subsampling", "One in so many transitions makes the Hessian.", 1, 10_000, live=True)
    n_delta: int | None = _number("Directions", "Random changes of the weights that an update tries, each both ways.", 1, 10_000)
    n_top: int | None = _number("Best directions", "Of those: how many the update follows.", 1, 10_000)
    delta_std: float | None = _number("Size of a change", "Deviation of the random changes of the weights.", 1e-6, 10.0)
    zero_policy: Switch = _switch("Begin with zeros", "Whether all weights are 0 at the start.")
    alive_bonus_offset: float | None = _number("Reward of a step", "Added to every reward: −1 undoes a bonus for staying alive.", -1e3, 1e3)
    n_eval_episodes: int | None = _number("Episodes a candidate", "How many tell how good changed weights are.", 1, 1_000)

    def __post_init__(self) -> None:
        RunSettings.__post_init__(self)
        for name, options in (("env_kwargs", options_of(self.env_kwargs)), ("policy_kwargs", policy_options_of(self.policy_kwargs))):
            object.__setattr__(self, name, written_alike(options, getattr(self, name)))
        require_hyperparameters(self.algo, self.hyperparameters)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Those of the algorithm's constructor that have a value."""
        values = {one.name: getattr(self, one.name) for one in self.described() if one.group == GROUP}
        return {name: value for name, value in values.items() if value not in (None, "default") and name not in OF_ALL}


METRICS: dict[str, Metric] = {
    "evaluation": EVALUATION,
    **{name: metric for name, metric in COMMON.items() if name != "evaluation"},
    "success": Metric("Success rate", "share of episodes", "metrics", "rollout/success_rate"),
}


PRESETS: dict[str, dict[str, Any]] = {TUNED_PRESET: {}, DEFAULTS: {}}


def follow(chosen: Mapping[str, Any], preset: str) -> Mapping[str, Any]:
    """Published settings of an algorithm in an environment, where there are some and they are wanted."""
    return followed(chosen.get("env", "CartPole-v1"), chosen.get("algo", "ppo"), preset) if preset in PRESETS else {}


def call(settings: RunSettings) -> str:
    """`PPO on LunarLander-v3`."""
    return f"{ALGORITHMS[settings.algo].class_name} on {settings.env}" if isinstance(settings, GymSettings) else ""


ABOUT = About(
    name="gym",
    label="Gymnasium",
    choice="Any environment",
    settings=GymSettings,
    presets=PRESETS,
    preset_help={
        TUNED_PRESET: "The settings of RL Baselines3 Zoo for this algorithm in this environment; where it has none, the algorithm's own.",
        DEFAULTS: "The algorithm's own, whatever the environment.",
    },
    starters=(
        Starter("CartPole", "PPO learns to keep a pole upright: you see it fall less and less.", "about a minute", {"env": "CartPole-v1"}),
        Starter(
            "LunarLander",
            "PPO learns to land a spacecraft between two flags, first by crashing.",
            "about ten minutes",
            {"env": "LunarLander-v3"},
            needs="Box2D",
        ),
    ),
    preset_labels={TUNED_PRESET: "Tuned settings", DEFAULTS: "The algorithm's defaults"},
    metrics=METRICS,
    problem="{env}",
    commands=("evaluate", "bundle", "import", "film"),
    follow=follow,
    call=call,
    pages=("Replay",),
    fork_changes={"exploration_initial_eps": "exploration_final_eps"},  # no random start: the weights can act already
    fixed_in_fork=("net_arch", "policy_kwargs", "env", "algo", "policy", "normalize", "atari", "frame_stack"),
)
