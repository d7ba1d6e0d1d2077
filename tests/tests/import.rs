//! Somebody has used cloudflared for years: their ssh config and logins are taken over, ssh goes on, and all can go back.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, Said, TEAM};
use journeys::{Home, Reach, Sshd, need, sshd};
use serde_json::{Value, json};

const BASTION: &str = "bastion.acme.test";
const PATTERN: &str =
    "Host *.elsewhere.test\n  ProxyCommand cloudflared access ssh --hostname %h --id x --secret hush-hush\n";

/// A home as cloudflared leaves it, before the edge and one server.
struct Scene {
    reach: Reach,
    server: Sshd,
    config: String,
}

impl Scene {
    fn set() -> Option<Self> {
        if need::lacks(&sshd::NEEDS) {
            return None;
        }
        let server = Sshd::start();
        let origin = server.address();
        let app = |host| AppPlan::new(TEAM, host, origin);
        let plan = edge_sim::Plan::default().team(TEAM).app(app(HOST)).app(app(OTHER));
        let reach = Reach::of(plan.app(app(BASTION).jump("db.internal:22", origin)));
        let user = server.user();
        let config = format!(
            "# mine\nInclude {included}\nHost build b1\n  HostName {HOST}\n  User {user}\n  # a note\n  ProxyCommand /usr/local/bin/cloudflared access ssh --hostname %h\n\n\
             Host db\n  User {user}\n  ProxyCommand cloudflared access ssh --hostname {BASTION} --destination db.internal:22\n\n\
             {PATTERN}\n{}",
            server.client_lines(),
            included = reach.home.join(".ssh/work.conf").display()
        );
        put(reach.ssh_config(), &config);
        put(
            reach.home.join(".ssh/work.conf"),
            format!(
                "Match host {OTHER} exec \"cloudflared access ssh-gen --hostname %h\"\r\n  ProxyCommand cloudflared access ssh --hostname %h\r\n  \
             IdentityFile ~/.cloudflared/%h-cf_key\r\n  CertificateFile ~/.cloudflared/%h-cf_key-cert.pub\r\n"
            ),
        );
        Some(Self { reach, server, config })
    }

    /// Puts a real login of the person into plain files, and forgets it everywhere else.
    fn leaves_logins(&self) -> [String; 2] {
        self.reach.log_in(HOST);
        let app = self.reach.run(&["access", "token", HOST]).well().text().trim().to_owned();
        let vault = self.reach.home.profile().join("vault.json");
        let held: Value = serde_json::from_slice(&std::fs::read(&vault).expect("a vault")).expect("JSON");
        let held = held.as_object().expect("slots by name").clone();
        let (slot, org) = held.iter().find(|(slot, _)| slot.starts_with("org/")).expect("a team's token");
        let (team, org) = (slot.trim_start_matches("org/"), org.as_str().expect("text"));
        put(self.plain(&format!("{HOST}-{}-token", audience(&app))), &app);
        put(self.plain(&format!("{team}-org-token")), org);
        std::fs::remove_file(vault).expect("a vault that goes");
        std::fs::remove_file(self.reach.home.profile().join("apps.json")).expect("a list that goes");
        [app, org.to_owned()]
    }

    fn plain(&self, name: &str) -> PathBuf {
        self.reach.home.join(".cloudflared").join(name)
    }

    fn ssh(&self, alias: &str) -> Said {
        Said::of(self.reach.client("ssh").args([alias, "echo in"]))
    }

    fn files(&self) -> [String; 2] {
        [self.reach.ssh_config(), self.reach.home.join(".ssh/work.conf")].map(|it| read(&it))
    }
}

fn read(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).expect("a readable file")
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("claims")
}

fn audience(token: &str) -> String {
    claims(token)["aud"][0].as_str().expect("an audience").to_owned()
}

/// What nobody has signed.
fn made_up(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({ "alg": "RS256", "kid": "x" })), part(claims))
}

#[test]
fn a_stock_home_is_taken_over_and_goes_back() {
    let Some(scene) = Scene::set() else { return };
    let secrets = scene.leaves_logins();
    let before = scene.files();
    let look = scene.reach.run(&["import", "--dry-run"]).well();
    assert_eq!(scene.files(), before, "a look changes nothing");
    for words in [
        "ProxyCommand replaced",
        "Replaced, bastion kept",
        "Certificate step replaced",
        "Left alone: covers many hosts",
    ] {
        assert!(look.text().contains(words), "{words}\n{}", look.text());
    }
    assert!(look.text().contains(&format!("login for {HOST}: until ")), "{}", look.text());

    let said = scene.reach.run(&["import", "--yes"]).well();
    assert!(said.err.contains("imported 4 hosts"), "{}", said.err);
    assert!(said.err.contains(&format!("copied the login for {HOST}, valid until ")), "{}", said.err);
    for output in [&look, &said] {
        let all = output.text() + &output.err;
        assert!(secrets.iter().all(|it| !all.contains(it.as_str())) && !all.contains("hush-hush"), "{all}");
    }
    assert!(scene.files()[0].contains(PATTERN), "what is left alone is not touched");
    for alias in ["build", "b1", "db"] {
        let said = scene.ssh(alias);
        assert_eq!(
            (said.code, said.text().as_str()),
            (Some(0), "in\n"),
            "{alias}: {}\n{}",
            said.err,
            scene.server.log()
        );
    }
    assert!(scene.reach.browsers().is_empty(), "the logins were copied");
    let asked = Said::of(scene.reach.client("ssh").args(["-G", OTHER])).well().text();
    assert!(
        asked.lines().any(|line| line.starts_with("identityagent ") && line.contains("sallyport-agent")),
        "{asked}"
    );

    let again = scene.reach.run(&["import", "--yes"]).well();
    assert!(!again.err.contains("imported"), "{}", again.err);
    assert!(
        scene.plain(&format!("{HOST}-{}-token", audience(&secrets[0]))).exists(),
        "nobody asked to delete it"
    );

    let back = scene.reach.run(&["import", "--undo", "--yes"]).well();
    assert!(back.err.contains("put back 4 hosts"), "{}", back.err);
    assert_eq!(scene.files(), before);
    assert_eq!(scene.files()[0], scene.config);
    assert!(scene.reach.run(&["import", "--undo", "--yes"]).well().err.contains("nothing is imported"));
}

#[test]
fn without_a_person_to_ask_nothing_changes() {
    let Some(scene) = Scene::set() else { return };
    let before = scene.files();
    let said = scene.reach.run(&["import"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("add --yes"), "{}", said.err);
    let plan: Value =
        serde_json::from_str(&scene.reach.run(&["import", "--json"]).well().text()).expect("JSON");
    assert_eq!((&plan["done"], plan["entries"].as_array().map(Vec::len)), (&json!(false), Some(4)));
    assert_eq!(plan["hosts"], json!([OTHER, "build", "b1", "db"]));
    assert_eq!(plan["entries"][3]["left"], json!({ "kind": "many-hosts" }));
    assert_eq!(scene.files(), before);
    let unknown = scene.reach.run(&["import", "--yes", "nobody"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.err);
    scene.reach.run(&["import", "--yes", "db"]).well();
    let hosts = scene.reach.run(&["host", "list"]).well().text();
    assert_eq!(hosts.trim(), format!("db  {BASTION}"));
}

#[test]
fn spent_files_of_logins_go_when_that_is_wished() {
    let Some(scene) = Scene::set() else { return };
    let [app, org] = scene.leaves_logins();
    let issuer = claims(&app)["iss"].clone();
    let ended = scene.plain("old.acme.test-aud1-token");
    put(&ended, made_up(&json!({ "aud": ["aud1"], "exp": 1000, "iss": issuer })));
    let forged = scene.plain("forged.acme.test-aud2-token");
    put(&forged, made_up(&json!({ "aud": ["aud2"], "exp": 4_000_000_000_i64, "iss": issuer })));
    let other_audience = scene.plain(&format!("{OTHER}-other-token"));
    put(&other_audience, &app);
    let foreign = scene.plain("x.test-aud3-token");
    put(
        &foreign,
        made_up(&json!({ "aud": ["aud3"], "exp": 4_000_000_000_i64, "iss": "https://t.elsewhere.example" })),
    );
    put(scene.plain("junk-token"), "no token");

    let said = scene.reach.run(&["import", "--yes", "--delete-tokens", "--json"]).well();
    let done: Value = serde_json::from_str(&said.text()).expect("JSON");
    let outcomes: Vec<_> = done["logins"]
        .as_array()
        .expect("logins")
        .iter()
        .map(|it| {
            (
                it["for"].as_str().expect("a name").to_owned(),
                it["outcome"].as_str().unwrap_or_else(|| panic!("{it}\n{}", said.err)).to_owned(),
            )
        })
        .collect();
    let has = |name: &str, outcome: &str| outcomes.contains(&(name.to_owned(), outcome.to_owned()));
    assert!(
        has(HOST, "kept") && has("the team acme", "kept") && has("old.acme.test", "expired"),
        "{outcomes:?}"
    );
    assert!(has("forged.acme.test", "untrusted") && has("x.test", "foreign"), "{outcomes:?}");
    assert!(said.err.contains("deleted 3 plain files of a login"), "{}", said.err);
    assert!(!ended.exists() && forged.exists() && foreign.exists() && other_audience.exists());
    assert!(scene.plain("junk-token").exists());
    let all = said.text() + &said.err;
    assert!(!all.contains(&app) && !all.contains(&org), "{all}");
    assert_eq!(scene.reach.run(&["access", "token", HOST]).well().text().trim(), app);
}

#[test]
fn forwards_of_config_yml_are_taken_over_and_put_back() {
    let reach = Reach::to(journeys::origin::answering());
    let config = reach.home.join(".cloudflared/config.yml");
    let left = "  - url: https://db.acme.test\n    listener: 127.0.0.1:3\n    serviceTokenID: a\n    serviceTokenSecret: hush\n";
    let text = format!(
        "tunnel: t1 # ours\nforwarders:\n  # the database\n  - url: https://db.acme.test\n    listener: 127.0.0.1:1\n\n{left}  \
         - listener: 127.0.0.1:2\n    url: https://{HOST}\n    destination: 10.0.0.4:22\n# the end"
    );
    put(&config, &text);
    let now = || std::fs::read_to_string(&config).expect("config.yml");
    let forwards = || {
        let settings = std::fs::read(reach.home.profile().join("settings.json")).expect("settings");
        serde_json::from_slice::<Value>(&settings).expect("JSON")["forwards"].clone()
    };
    let said = reach.run(&["import", "--dry-run"]).well();
    for words in [
        "forward 127.0.0.1:1 to https://db.acme.test: would be run by: sallyport forwards  ~/.cloudflared/config.yml\n",
        "forward 127.0.0.1:3 to https://db.acme.test: Left alone: has a service token in it",
        "~/.cloudflared/config.yml: tunnel t1 stays with cloudflared",
    ] {
        assert!(said.text().contains(words), "{}", said.text());
    }
    assert!(!said.text().contains("hush"));
    assert_eq!((now(), forwards()), (text.clone(), Value::Null));

    let said = reach.run(&["import", "--yes"]).well();
    assert!(said.err.contains("imported 2 forwards; run with: sallyport forwards"), "{}", said.err);
    assert!(now().contains(&format!("\n\n{left}")), "what stays stays as it is: {}", now());
    assert!(now().contains("# imported by Sallyport:   - url: https://db.acme.test\n"), "{}", now());
    let taken = json!([
        { "url": "https://db.acme.test", "listener": "127.0.0.1:1" },
        { "url": format!("https://{HOST}"), "listener": "127.0.0.1:2", "destination": "10.0.0.4:22" },
    ]);
    assert_eq!(forwards(), taken);
    let again = reach.run(&["import", "--yes"]).well();
    assert!(again.err.contains("nothing here to import"), "{}", again.err);
    assert_eq!(forwards(), taken);

    let said = reach.run(&["import", "--undo", "--yes"]).well();
    assert!(said.err.contains("put back 0 hosts and 2 forwards"), "{}", said.err);
    assert_eq!((now(), forwards()), (text, json!([])));
    assert!(reach.run(&["import", "--undo", "--yes"]).well().err.contains("nothing is imported"));
}

#[test]
fn a_config_yml_that_cannot_be_changed_line_by_line_is_left_alone() {
    let reach = Reach::to(journeys::origin::answering());
    let config = reach.home.join(".cloudflared/config.yml");
    for text in [
        "forwarders: [{url: https://db.acme.test, listener: 127.0.0.1:1}]\n",
        "forwarders:\n-\n  url: https://db.acme.test\n  listener: 127.0.0.1:1\n",
        "forwarders:\n  - url: https://db.acme.test\n    listener: nowhere\n",
    ] {
        put(&config, text);
        let said = reach.run(&["import", "--yes"]).well();
        assert!(said.text().contains("Left alone: "), "{}", said.text());
        assert_eq!(std::fs::read_to_string(&config).expect("config.yml"), text);
    }
}

/// Asks the program at a terminal of its own, and answers it.
fn at_a_terminal(home: &Home, command: &str, answer: &str) -> Said {
    let mut script = home.command("script");
    script.args(["-qec", command, "/dev/null"]).stdin(Stdio::piped());
    let mut running = journeys::reach::Running::start(&mut script);
    assert!(running.write(answer.as_bytes()));
    running.ended()
}

#[test]
fn a_person_at_a_terminal_is_asked() {
    let Some(scene) = Scene::set() else { return };
    if need::lacks(&["script"]) {
        return;
    }
    let before = scene.files();
    let helper = scene.reach.helper(&["import"]);
    let words: Vec<_> = std::iter::once(helper.get_program())
        .chain(helper.get_args())
        .map(|it| it.to_string_lossy())
        .collect();
    let command = words.join(" ");
    let said = at_a_terminal(&scene.reach.home, &command, "n\n");
    assert!(
        said.text().contains("Import 4 hosts? [y/N]") && said.text().contains("nothing was changed"),
        "{}",
        said.text()
    );
    assert_eq!(scene.files(), before);
    let said = at_a_terminal(&scene.reach.home, &command, "y\n");
    assert!(said.text().contains("imported 4 hosts"), "{}", said.text());
    assert_ne!(scene.files(), before);
}
