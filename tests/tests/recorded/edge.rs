//! Command lines before an edge, from a home without a login and from one that has it.

use crate::row::Text::{Any, Begins, Has, Is, Nothing};
use crate::row::{Row, Text, same};

const WORDY: Text = Is("Successfully fetched your token:\n\n{token}\n\n");
const TOKEN: Text = Is("{token}");
const HI: Text = Is("HI\n");
const CURLS: Text = Is("from curl\n");

/// From a home that knows nothing.
#[rustfmt::skip] // one command line a row, so that the record can be read as a table
pub(crate) static NEW: &[Row] = &[
    same("access login https://{host}", 0, Begins("Successfully fetched your token:\n\neyJ"), Any),
    same("access login {host}", 0, Begins("Successfully fetched your token:\n\neyJ"), Any),
    same("access login --quiet https://{host}", 0, Nothing, Any),
    same("access login --app https://{host}", 0, Begins("eyJ"), Any),
    same("access login --no-verbose --auto-close {host}/path?x=1", 0, Begins("eyJ"), Any),
    same("access token https://{host}", 1, Nothing, Has("Unable to find token for provided application.")),
    same("access token --app {host}", 1, Nothing, Has("Unable to find token for provided application.")),
    same("access login https://{open}", 1, Nothing, Has("failed to find Access application"))
        .but("Words of a failure", 1, Nothing, Has("; ")),
    same("access ssh --hostname {open}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {robots} --service-token-id id.access --service-token-secret s3cret", 0, HI, Nothing).typing("hi\n"),
    same("access tcp -T {robots} --id id.access --secret s3cret", 0, HI, Nothing).typing("hi\n"),
    same("access tcp", 0, HI, Nothing).typing("hi\n")
        .with(&[("TUNNEL_SERVICE_HOSTNAME", "{robots}"), ("TUNNEL_SERVICE_TOKEN_ID", "id.access"), ("TUNNEL_SERVICE_TOKEN_SECRET", "s3cret")]),
    same("access ssh --hostname {bastion} --destination db-1:22 --id id.access --secret s3cret", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {bastion} --id id.access --secret s3cret", 0, HI, Nothing).typing("hi\n")
        .with(&[("TUNNEL_SERVICE_DESTINATION", "db-1:22")]),
    same("access ssh --hostname {open} --id id.access", 0, HI, Nothing).typing("hi\n")
        .but("Half a service token", 255, Nothing, Has("a service token needs both its id and its secret")),
    same("access ssh --hostname {open} -H nonsense", 0, HI, Nothing).typing("hi\n")
        .but("A header without a colon", 255, Nothing, Has("a header has the form `Name: value`")),
    same("access ssh --hostname {open} -H X-One:1,2 -H X-Two:3", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {open} -H X-One:1,2 --header X-Two:3", 0, Begins("Incorrect Usage: "), Nothing)
        .but("Two spellings of `--header`", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {open}", 1, Nothing, Has("URL should not be empty")).with(&[("TUNNEL_SERVICE_URL", "")])
        .but("A variable that is empty", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {robots} --id id.access --secret wr0ng", 0, HI, Any).typing("hi\n")
        .but("Refused service token", 255, Nothing, Has("does not accept this machine's client id and secret")),
    same("access ssh --hostname {open}", 0, Any, Nothing).typing("hi\n").and_no_more()
        .but("End of stdin", 0, HI, Nothing),
    same("access ssh-gen --hostname {host}", 0, Nothing, Any),
    same("access ssh-gen --hostname https://{host}:8443/x", 0, Nothing, Any),
    same("access ssh-gen --hostname {host}:443", 1, Nothing, Is("no input provided\n"))
        .but("`access ssh-gen host:443`", 0, Nothing, Any),
    same("access ssh-gen --hostname {open}", 1, Nothing, Has("failed to find Access application"))
        .but("Words of a failure", 1, Nothing, Has("; ")),
    same("access ssh --hostname {robots} --connect-to {open}:{edge} --id id.access --secret s3cret", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname nobody.acme.test --connect-to {robots}:{edge} -H Host:{robots}", 1, Nothing, Has("bad handshake"))
        .but("Failure of `access ssh`", 255, Nothing, Has("; ")),
    same("access ssh --hostname {robots} --connect-to {open}:{edge}:127.0.0.1 --id id.access --secret s3cret", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {open}/some?path --connect-to {open}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {open}", 1, Nothing, Has("URL should not be empty")).with(&[("TUNNEL_URL", "http://localhost:80")])
        .but("`TUNNEL_URL` in the environment", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname nobody.acme.test", 1, Nothing, Has("dial tcp: lookup nobody.acme.test"))
        .but("Failure of `access ssh`", 255, Nothing, Has("nobody.acme.test has no DNS record")),
    same("access tcp --hostname {open} --url 127.0.0.1:{edge}", 1, Nothing, Has("address already in use"))
        .but("Words of a failure", 1, Nothing, Has("choose another port")),
    same("access ssh --hostname {open} --url", 0, Begins("Incorrect Usage: "), Nothing)
        .but("Usage errors", 255, Nothing, Has("flag `--url` needs a value")),
];

/// From a home that holds a login to `{host}`.
#[rustfmt::skip] // one command line a row, so that the record can be read as a table
pub(crate) static LOGGED_IN: &[Row] = &[
    same("access login https://{host}", 0, WORDY, Any),
    same("forward login http://{host}", 0, WORDY, Any),
    same("access login --quiet {host}", 0, Nothing, Any),
    same("access login -q {host}", 0, Nothing, Any),
    same("access login --quiet=T {host}", 0, Nothing, Any),
    same("access login --quiet=0 {host}", 0, WORDY, Any),
    same("access login -quiet -quiet {host}", 0, Nothing, Any),
    same("access login --quiet --quiet=false {host}", 0, WORDY, Any),
    same("access login --no-verbose {host}", 0, TOKEN, Any),
    same("access login -app {host}", 0, TOKEN, Any),
    same("access login --app https://{other} https://{host}", 0, TOKEN, Any),
    same("access login https://{host} --quiet", 0, WORDY, Any)
        .but("Flags after an argument", 0, Nothing, Any),
    same("access login {host} more", 0, WORDY, Any)
        .but("Surplus arguments", 2, Nothing, Has("unexpected argument `more`")),
    same("access token https://{host}", 0, TOKEN, Nothing),
    same("access token --app {host}", 0, TOKEN, Nothing),
    same("access token --app=https://{host}/", 0, TOKEN, Nothing),
    same("access token --app https://{other} {host}", 0, TOKEN, Nothing),
    same("access --fedramp token {host}", 0, TOKEN, Nothing),
    same("access curl https://{host}", 0, Any, Nothing).but("`access curl`: output", 0, CURLS, Nothing),
    same("access curl -ar https://{host}", 0, Any, Nothing).but("`access curl`: output", 0, CURLS, Nothing),
    same("access curl --allow-request https://{host} -s", 0, Any, Nothing).but("`access curl`: output", 0, CURLS, Nothing),
    same("access curl -s https://{host}", 1, Nothing, Has("invalid URI for request"))
        .but("`access curl`: the URL", 0, CURLS, Nothing),
    same("access curl http://{host}", 1, Nothing, Has("failed to get app info"))
        .but("`access curl http://…`", 2, Nothing, Has("http would send the login in the clear; use https")),
    same("access curl https://{host} https://{other}", 0, Any, Nothing)
        .but("`access curl` with URLs of several hosts", 2, Nothing, Has("one app at a time: its login is for no other host")),
    same("access curl https://{host} CURLS-OWN", 22, Nothing, Is("exit status 22\n"))
        .but("Exit status of `access curl`", 22, Nothing, Nothing),
    same("access ssh --hostname {host}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname https://{host}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh -hostname=http://{host}/", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --tunnel-host {host}", 0, HI, Nothing).typing("hi\n"),
    same("forward tcp -T {host}", 0, HI, Nothing).typing("hi\n"),
    same("access rdp -T={host}", 0, HI, Nothing).typing("hi\n"),
    same("access smb -T {host}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} -H Cf-Access-Token:{token}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {open} -H Host:elsewhere.test -H User-Agent:x -H Upgrade:h2c -H Connection:close", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname nobody.acme.test --hostname {host}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh", 0, HI, Nothing).typing("hi\n").with(&[("TUNNEL_SERVICE_HOSTNAME", "{host}")]),
    same("access ssh --hostname {host}", 0, HI, Nothing).typing("hi\n").with(&[("TUNNEL_SERVICE_HOSTNAME", "nobody.acme.test")]),
    same("access ssh --hostname {host}", 0, HI, Nothing).typing("hi\n").with(&[("TUNNEL_LOGLEVEL", "debug"), ("TUNNEL_LOGFILE", "{home}/not-ours.log")]),
    same("access ssh --hostname {host} --logfile {home}/log --log-level debug", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} --log-directory {home}/logs --loglevel chatty", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} --log-level debug", 0, HI, Nothing).typing("hi\n")
        .but("`--log-level` of `access ssh` without a file", 0, HI, Has(" DBG ")),
    same("--loglevel debug access ssh --hostname {host}", 0, HI, Nothing).typing("hi\n")
        .but("`--log-level` of `access ssh` without a file", 0, HI, Has(" DBG ")),
    same("--logfile {home}/log access ssh --hostname {host}", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} --debug-stream 0", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} --debug-stream 0x10", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} --log-level disabled", 0, HI, Nothing).typing("hi\n"),
    same("access ssh --hostname {host} --debug-stream many", 0, Begins("Incorrect Usage: "), Nothing)
        .but("Usage errors", 255, Nothing, Has("`many` is not a number")),
    same("access ssh --fedramp --hostname {host}", 0, Begins("Incorrect Usage: "), Nothing)
        .but("Usage errors", 255, Nothing, Has("unknown flag `--fedramp`")),
];

/// From a home whose login to `{host}` is over.
pub(crate) static EXPIRED: &[Row] = &[
    same("access token {host}", 0, Nothing, Begins("Unable to find token for provided application.")).but(
        "`access token`, expired",
        1,
        Nothing,
        Has("Unable to find token for provided application."),
    ),
    same("access token {host}", 1, Nothing, Has("Unable to find token for provided application.")),
];
