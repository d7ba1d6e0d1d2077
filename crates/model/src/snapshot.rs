//! What a person sees, as finished values: the page draws them and decides nothing.

use serde::{Deserialize, Serialize};

use crate::{Draft, Page, Request, TrayIcon, Words};

/// Everything the window shows at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// Grows by one with each change; an older one is never drawn over a newer one.
    pub revision: u32,
    /// The page that shows.
    pub page: Page,
    /// The platform's words.
    pub words: Words,
    /// The status at the foot of the sidebar.
    pub foot: Foot,
    /// At most one, above the content.
    pub banner: Option<Banner>,
    /// Hosts by team; empty while there are none.
    pub groups: Vec<Group>,
    /// How many hosts there are.
    pub host_count: u32,
    /// Whether the managed block was read already.
    pub loaded: bool,
    /// Shown while there are no hosts.
    pub first_run: Option<FirstRun>,
    /// The host form, while it is open.
    pub draft: Option<DraftView>,
    /// The running log-in, or its outcome.
    pub log_in: Option<LogInView>,
    /// The host of page `Host`.
    pub detail: Option<DetailView>,
    /// At most one.
    pub toast: Option<Toast>,
    /// What a screen reader is told, politely, when it changes.
    pub spoken: String,
}

/// Colour by meaning; words say the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Tone {
    /// Nothing to notice.
    #[default]
    Plain,
    /// Good.
    Ok,
    /// Look at this.
    Warn,
    /// Broken or refused.
    Danger,
    /// Logged out or unknown.
    Idle,
}

/// Two lines that repeat the tray.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Foot {
    /// The gate's picture.
    pub icon: TrayIcon,
    /// `6 of 9 ready`.
    pub line1: String,
    /// `Next ends 12:39`.
    pub line2: String,
}

/// A strip above the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Banner {
    /// Its colour.
    pub tone: Tone,
    /// What happened.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// What to do.
    pub buttons: Vec<Button>,
}

/// The hosts of one team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Group {
    /// Team name; empty for hosts whose team is not known yet.
    pub team: String,
    /// What the header says: the team's name, or `Not looked up yet`.
    pub title: String,
    /// Who is logged in.
    pub identity: Option<String>,
    /// `Renews by itself until Wed 08:58`, `Ends 12:39, in 9 min` …
    pub line: String,
    /// Its colour.
    pub tone: Tone,
    /// What can be done for the whole team.
    pub act: Option<GroupAct>,
    /// The hosts, by name.
    pub rows: Vec<Row>,
}

/// A link in a group's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GroupAct {
    /// Its text.
    pub label: String,
    /// What it does.
    pub request: Request,
}

/// One host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Row {
    /// What a person types after `ssh`.
    pub alias: String,
    /// The app's hostname.
    pub hostname: String,
    /// The picture at its start.
    pub mark: Mark,
    /// `Until 17:42`.
    pub line1: String,
    /// `5 h 12 min left`.
    pub line2: String,
    /// Colour of line 1.
    pub tone: Tone,
    /// The button.
    pub button: Button,
    /// Open sessions.
    pub open: u32,
    /// A tag beside the name, such as `Practice`.
    pub tag: Option<String>,
    /// The command that reaches it.
    pub command: String,
    /// Whether the menu offers `Log out`.
    pub can_log_out: bool,
    /// The row in words, for a screen reader.
    pub spoken: String,
}

/// The picture at the start of a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Mark {
    /// Its shape.
    pub kind: MarkKind,
    /// Share of the login that is left, 0 to 1, for shapes with an arc.
    pub left: Option<f32>,
}

/// Shapes of `ux.md` section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names are those of the table of states")]
pub enum MarkKind {
    Valid,
    Ready,
    Ending,
    Ended,
    NotLoggedIn,
    LoggingIn,
    Checking,
    ServiceToken,
    Blocked,
    NotBehindAccess,
    Unreachable,
    KeychainLocked,
}

/// A button and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Button {
    /// Its text.
    pub label: String,
    /// What pressing it does.
    pub act: ButtonAct,
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ButtonAct {
    /// Sends a request.
    Send {
        /// The request.
        request: Request,
    },
    /// Copies a text.
    Copy {
        /// The text.
        text: String,
    },
}

/// What went wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProblemView {
    /// Stable name of the cause.
    pub cause: String,
    /// What happened.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// What to do next, in one sentence; may be empty when a button says it.
    pub next: String,
    /// What can be done here.
    pub buttons: Vec<Button>,
    /// For `Copy details`: facts, redacted.
    pub details: String,
}

/// Shown while there are no hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FirstRun {
    /// `Nothing on this computer has been changed yet.`
    pub foot: String,
}

/// The host form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DraftView {
    /// `Add host` or `Edit build-01`.
    pub title: String,
    /// Alias of the host being edited.
    pub editing: Option<String>,
    /// The fields as the form should begin with them; the page keeps its own from then on.
    pub start: Draft,
    /// What was read out of the hostname field.
    pub hostname: String,
    /// Suggested alias.
    pub suggested_name: String,
    /// Suggested user; empty when there is none.
    pub suggested_user: String,
    /// Faults of single fields.
    pub errors: Vec<FieldError>,
    /// The box under the hostname.
    pub lookup: Option<LookupView>,
    /// The lines that will be written.
    pub preview: Option<Preview>,
    /// The command that will reach the host.
    pub command: String,
    /// What the foot says: what will be kept, or where a file stands.
    pub foot: String,
    /// What went wrong while planning or writing.
    pub problem: Option<ProblemView>,
    /// Whether the form may be saved.
    pub can_save: bool,
    /// Text of the primary button.
    pub save_label: String,
    /// Whether it is being written now.
    pub saving: bool,
}

/// A fault of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub text: String,
}

/// A field of the host form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names are those of the form")]
pub enum Field {
    Hostname,
    Name,
    User,
    Port,
}

/// The box under the hostname.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LookupView {
    /// Whether the edge is being asked.
    pub running: bool,
    /// Its colour.
    pub tone: Tone,
    /// `Behind Cloudflare Access`, `No such name.` …
    pub title: String,
    /// A sentence under it; may be empty.
    pub text: String,
    /// Application, You, Login.
    pub rows: Vec<DetailRow>,
    /// What can be done about it.
    pub buttons: Vec<Button>,
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DetailRow {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
}

/// Lines that will be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Preview {
    /// The file, as a person writes it.
    pub file: String,
    /// `7 lines added`, `2 lines changed`, `No change`.
    pub summary: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// One line of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DiffLine {
    /// Its mark.
    pub kind: DiffKind,
    /// Its text, without line end.
    pub text: String,
}

/// The mark of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names say it")]
pub enum DiffKind {
    Added,
    Removed,
    Context,
    Gap,
}

/// The log-in dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LogInView {
    /// Whether the dialog shows; hidden, the log-in goes on.
    pub visible: bool,
    /// `Finish logging in to northwind`.
    pub title: String,
    /// `etl-notebook and 1 other host`.
    pub subtitle: String,
    /// What is done and what is next.
    pub steps: Vec<Step>,
    /// The link, once there is one.
    pub link: Option<String>,
    /// The link as a QR code, an SVG document.
    pub code: Option<String>,
    /// Whether the code shows at once, because no browser opened.
    pub code_first: bool,
    /// `12:35`; empty before there is a link.
    pub works_until: String,
    /// The same moment, milliseconds since the Unix epoch, for the countdown.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub works_until_ms: Option<i64>,
    /// How it ended, if it ended badly.
    pub outcome: Option<LogInOutcome>,
}

/// A log-in that did not work out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LogInOutcome {
    /// What went wrong, with its buttons.
    pub problem: ProblemView,
}

/// One step of the log-in dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Step {
    /// Its state.
    pub state: StepState,
    /// Its words.
    pub label: String,
    /// A line under it; may be empty.
    pub detail: String,
}

/// State of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepState {
    Done,
    Running,
    Todo,
    Warning,
}

/// One host, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DetailView {
    /// The row it was opened from.
    pub row: Row,
    /// `Logged in until 17:42, 5 h 12 min left`.
    pub headline: String,
    /// You, Team, Application, Ends, Renews until.
    pub login: Vec<DetailRow>,
    /// Command, Hostname, User, Port.
    pub connection: Vec<DetailRow>,
    /// The lines of the ssh config that make it work.
    pub lines: Vec<String>,
    /// The file they stand in.
    pub file: String,
    /// Takes the place of the login box when something is wrong.
    pub problem: Option<ProblemView>,
}

/// A short word at the lower right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Toast {
    /// Tells toasts apart.
    pub id: u32,
    /// Its text.
    pub text: String,
    /// At most one.
    pub button: Option<Button>,
    /// Whether `Request::Undo` takes back what it speaks of.
    pub undoable: bool,
}
