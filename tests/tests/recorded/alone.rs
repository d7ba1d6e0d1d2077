//! Command lines that need no edge.

use crate::row::Text::{Begins, Has, Is, Nothing};
use crate::row::{Row, Text, same};

const USAGE: Text = Begins("Incorrect Usage: ");
const LINES: Text = Is(
    "\nAdd to your {home}/.ssh/config:\nHost vm.acme.test\n  ProxyCommand {self} access ssh --hostname %h\n\n",
);
const CERTIFICATE: Text = Is(
    "\nAdd to your {home}/.ssh/config:\nMatch host vm.acme.test exec \"{self} access ssh-gen --hostname %h\"\n  ProxyCommand {self} access ssh --hostname %h\n  IdentityFile ~/.cloudflared/%h-cf_key\n  CertificateFile ~/.cloudflared/%h-cf_key-cert.pub\n",
);

#[rustfmt::skip] // one command line a row, so that the record can be read as a table
pub(crate) static ROWS: &[Row] = &[
    // What there is.
    same("access", 0, Has("ssh-config"), Nothing),
    same("access --help", 0, Has("ssh-config"), Nothing),
    same("access -h", 0, Has("ssh-config"), Nothing),
    same("access help", 0, Has("ssh-config"), Nothing),
    same("forward --help", 0, Has("ssh-config"), Nothing),
    same("help access", 0, Has("access"), Nothing),
    same("help", 0, Has("access"), Nothing),
    same("--help", 0, Has("access"), Nothing),
    same("-h", 0, Has("access"), Nothing),
    same("access help ssh", 0, Has("--hostname"), Nothing),
    same("access ssh --help", 0, Has("--hostname value, --tunnel-host value, -T value"), Nothing),
    same("access ssh -h", 0, Has("--listener value, -L value"), Nothing),
    same("access ssh help", 0, Has("--hostname"), Nothing)
        .but("Usage errors", 255, Nothing, Has("`help` is not an address to listen on")),
    same("access tcp -help", 0, Has("--destination"), Nothing),
    same("access rdp --help", 0, Has("TUNNEL_SERVICE_TOKEN_ID"), Nothing),
    same("access smb --help", 0, Has("--header value, -H value"), Nothing),
    same("access login --help", 0, Has("--auto-close"), Nothing),
    same("access token --help", 0, Has("--app"), Nothing),
    same("access ssh-config --help", 0, Has("--short-lived-cert"), Nothing),
    same("access ssh-gen --help", 0, Has("--hostname value"), Nothing),
    same("--version", 0, Begins("{name} version {version}"), Nothing),
    same("-version", 0, Begins("{name} version {version}"), Nothing),
    same("-v", 0, Begins("{name} version {version}"), Nothing),
    same("-V", 0, Begins("{name} version {version}"), Nothing),
    same("version", 0, Begins("{name} version {version}"), Nothing),
    same("version --short", 0, Is("{version}\n"), Nothing),
    same("version -s", 0, Is("{version}\n"), Nothing),

    // Lines for an ssh config.
    same("access ssh-config", 0, Is("\nAdd to your {home}/.ssh/config:\nHost [your hostname]\n  ProxyCommand {self} access ssh --hostname %h\n\n"), Nothing),
    same("access ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config -hostname=vm.acme.test", 0, LINES, Nothing),
    same("forward ssh-config -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config --hostname old --hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config --hostname= --short-lived-cert=0", 0, Has("\nHost [your hostname]\n"), Nothing),
    same("access ssh-config --hostname vm.acme.test --short-lived-cert", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=1 -hostname vm.acme.test", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=t -hostname vm.acme.test", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=T -hostname vm.acme.test", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=true -hostname vm.acme.test", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=True -hostname vm.acme.test", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=TRUE -hostname vm.acme.test", 0, CERTIFICATE, Nothing),
    same("access ssh-config -short-lived-cert=0 -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config -short-lived-cert=f -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config -short-lived-cert=F -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config -short-lived-cert=false -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config -short-lived-cert=False -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config -short-lived-cert=FALSE -hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config --short-lived-cert --short-lived-cert=false --hostname vm.acme.test", 0, LINES, Nothing),
    same("-version=0 -- access -h=F --fedramp -- ssh-config --help=false --hostname vm.acme.test", 0, LINES, Nothing),
    same("access ssh-config --hostname -h", 0, Has("\nHost -h\n"), Nothing),
    same("access ssh-config --hostname vm.acme.test -- -h", 0, LINES, Nothing)
        .but("Surplus arguments", 2, Nothing, Has("unexpected argument `-h`")),
    same("access ssh-config --short-lived-cert -h", 0, Has("--short-lived-cert"), Nothing),
    same("access ssh-config --nope --help", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("unknown flag `--nope`")),
    same("access ssh-config --short-lived-cert false --hostname vm.acme.test", 0, Has("[your hostname]"), Nothing)
        .but("Surplus arguments", 2, Nothing, Has("unexpected argument `false`")),
    same("access ssh-config --hostname vm.acme.test more", 0, LINES, Nothing)
        .but("Surplus arguments", 2, Nothing, Has("unexpected argument `more`")),
    same("--fedramp access ssh-config", 0, Begins("Incorrect Usage. "), Nothing)
        .but("`--fedramp` before `access`", 0, Has("Host [your hostname]"), Nothing),
    same("access --fedramp ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("access -fedramp=false ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("--output json access ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("-output=default access ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("--loglevel debug --logfile {home}/log --no-autoupdate access ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("--edge-ip-version 4 -protocol=http2 --metrics 127.0.0.1:0 --post-quantum=F access ssh-config --hostname vm.acme.test", 0, LINES, Nothing),
    same("--tag a=b --retries 3 --grace-period=1s version --short", 0, Is("{version}\n"), Nothing),
    same("--config {home}/none.yml access ssh-config --hostname vm.acme.test", 0, LINES, Nothing),

    // Mistakes.
    same("access nope", 3, Nothing, Is("No help topic for 'nope'\n"))
        .but("Unknown command of `access`", 2, Nothing, Has("unknown command `access nope`; see: {name} --help")),
    same("access --nope login", 0, Begins("Incorrect Usage. "), Nothing)
        .but("Usage errors", 2, Nothing, Has("unknown flag `--nope`")),
    same("access login --nope", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("unknown flag `--nope`; see: {name} access login --help")),
    same("access login --quiet=maybe vm.acme.test", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("flag `--quiet` takes no value, or true or false")),
    same("access login --quiet= vm.acme.test", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("flag `--quiet` takes no value, or true or false")),
    same("access login --quiet -q vm.acme.test", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("flag `--quiet` is given in two spellings")),
    same("access login --fedramp vm.acme.test", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("unknown flag `--fedramp`")),
    same("access login", 1, Nothing, Has("no input provided"))
        .but("Usage errors", 2, Nothing, Has("name the app, such as https://build-01.acme.dev; see: {name} access login --help")),
    same("access login --app", 0, USAGE, Nothing)
        .but("Usage errors", 2, Nothing, Has("flag `--app` needs a value")),
    same("access login --app=", 1, Nothing, Has("no input provided"))
        .but("Usage errors", 2, Nothing, Has("name the app")),
    same("access token", 1, Nothing, Is("Please provide a url.\nno input provided\n"))
        .but("Usage errors", 2, Nothing, Has("name the app, such as https://build-01.acme.dev; see: {name} access token --help")),
    same("access ssh", 0, Has("--hostname"), Nothing)
        .but("Usage errors", 255, Nothing, Has("flag `--hostname` is needed; see: {name} access ssh --help")),
    same("access ssh --hostname", 0, USAGE, Nothing)
        .but("Usage errors", 255, Nothing, Has("flag `--hostname` needs a value")),
    same("access ssh --nope", 0, USAGE, Nothing)
        .but("Usage errors", 255, Nothing, Has("unknown flag `--nope`")),
    same("access ssh --hostname a --tunnel-host b", 0, USAGE, Nothing)
        .but("Usage errors", 255, Nothing, Has("flag `--hostname` is given in two spellings")),
    same("access ssh --hostname https://", 0, Has("--hostname"), Nothing)
        .but("Usage errors", 255, Nothing, Has("; ")),
    same("access ssh --hostname vm.acme.test --url localhost:1 localhost:2", 1, Nothing, Has("error validating origin URL"))
        .but("Usage errors", 255, Nothing, Has("unexpected argument `localhost:2`")),
    same("access ssh --hostname vm.acme.test --url ftp://localhost:1", 1, Nothing, Has("error validating origin URL"))
        .but("Usage errors", 255, Nothing, Has("`ftp://localhost:1` is not an address to listen on")),
    same("access ssh --hostname vm.acme.test --connect-to a:b:c:d", 1, Nothing, Is("invalid connection override: a:b:c:d\n"))
        .but("Usage errors", 255, Nothing, Has("`a:b:c:d` is not a place to connect to")),
    same("access ssh-gen", 0, Has("--hostname value"), Nothing)
        .but("`access ssh-gen` without a hostname", 2, Nothing, Has("flag `--hostname` is needed; see: {name} access ssh-gen --help")),
    same("access curl", 1, Nothing, Has("incorrect args"))
        .but("Usage errors", 2, Nothing, Has("give curl a URL")),
    same("access curl --help", 1, Nothing, Has("invalid URI for request"))
        .but("`access curl --help`", 0, Has("Run curl with the login of an app"), Nothing),
    same("access curl vm.acme.test", 1, Nothing, Has("invalid URI for request"))
        .but("Usage errors", 2, Nothing, Has("give curl a URL")),
    same("access ssh --hostname 127.0.0.1:1", 1, Nothing, Has("connection refused"))
        .but("Failure of `access ssh`", 255, Nothing, Has("; ")),
];
