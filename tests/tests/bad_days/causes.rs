//! Why it failed, in one sentence: the same cause in the line that ssh shows and in what scripts read.

use edge_sim::{AppPlan, CarryFault, Cut, Faulty, FrontFault, NetworkFault, UpgradeFault};
use journeys::reach::{HOST, Running, plan};
use journeys::{Reach, origin};
use serde_json::Value;

use crate::{goes_through, stage};

const PORTAL: &str = "http://portal.hotel.example/sign-in";

/// What goes wrong, the cause's stable name, and the line; a Ray ID in the line is written as `RAY`.
type BadDay = (fn(&mut Faulty), &'static str, &'static str);

const DAYS: [BadDay; 8] = [
    (
        |edge| edge.front.always(FrontFault::Challenge),
        "bot-rule",
        "a firewall rule, most likely against bots, stands before build-01.acme.test (Ray ID RAY); ask an admin of the team to let it pass",
    ),
    (
        |edge| edge.front.always(FrontFault::Firewall),
        "bot-rule",
        "a firewall rule, most likely against bots, stands before build-01.acme.test (Ray ID RAY); ask an admin of the team to let it pass",
    ),
    (
        |edge| edge.front.always(FrontFault::NoTunnel),
        "no-tunnel",
        "build-01.acme.test leads nowhere; ask who runs the machine whether its tunnel was removed or renamed",
    ),
    (
        |edge| edge.front.always(FrontFault::TunnelDown),
        "tunnel-down",
        "the tunnel of build-01.acme.test is not running; try again later, or ask who runs the machine",
    ),
    (
        |edge| edge.upgrade.always(UpgradeFault::WebsocketsOff),
        "websockets-off",
        "build-01.acme.test does not take WebSockets; ask an admin of the team to turn them on, under Network",
    ),
    (
        |edge| edge.upgrade.always(UpgradeFault::OriginDown),
        "origin-refused",
        "the machine behind build-01.acme.test is up, but its SSH server is not answering; try again, or ask who runs the machine",
    ),
    (
        |edge| edge.network.always(NetworkFault::Portal(PORTAL.to_owned())),
        "captive-portal",
        "this network wants you to sign in to it first at portal.hotel.example, until then build-01.acme.test cannot be reached; open any web page, then try again",
    ),
    (
        |edge| edge.network.always(NetworkFault::Inspected),
        "tls-inspected",
        "the certificate shown for build-01.acme.test was signed by Acme Gateway CA, which is not trusted here: something on this network opens encrypted traffic; add that authority to this computer's if your company runs it, or change networks",
    ),
];

#[test]
fn ssh_and_scripts_are_told_the_same_cause() {
    let reach = stage();
    reach.log_in(HOST);
    for (spoil, cause, line) in DAYS {
        reach.edge.faults().set(spoil);
        let said = reach.carry(HOST);
        assert_eq!(without_ray(said.problem(255)), line);
        let said = reach.run(&["--output", "json", "access", "ssh", "--hostname", HOST]);
        let object: Value = serde_json::from_str(&said.err).expect("one line of JSON");
        assert_eq!(object["cause"]["kind"], cause, "{object}");
        assert_eq!(without_ray(object["message"].as_str().unwrap_or_default()), line);
        assert!(
            causes_in(&reach, HOST).contains(&cause.to_owned()),
            "{cause}: {:?}",
            causes_in(&reach, HOST)
        );
        reach.edge.faults().clear();
    }
    assert_eq!(goes_through(&reach, HOST).err, "", "the token was kept");
    assert!(reach.browsers().is_empty(), "none of it is mended by a log-in");
}

#[test]
fn before_the_first_log_in_it_is_told_as_well() {
    let reach = stage();
    for (spoil, cause, line) in DAYS {
        // An upgrade is not answered before the log-in.
        if ["websockets-off", "origin-refused"].contains(&cause) {
            continue;
        }
        reach.edge.faults().set(spoil);
        assert_eq!(without_ray(reach.carry(HOST).problem(255)), line);
        let added = reach.run(&["host", "add", HOST]);
        assert_eq!(without_ray(added.problem(1)), line);
        reach.edge.faults().clear();
    }
    assert!(reach.browsers().is_empty(), "nobody is sent to a page that does not help");
    goes_through(&reach, HOST);
}

#[test]
fn an_app_whose_tokens_belong_to_one_browser() {
    let app = AppPlan::new("acme", "bound.acme.test", origin::answering()).with_binding_cookie();
    let reach = Reach::of(plan(origin::answering()).app(app));
    let line = "bound.acme.test does not take a login that was given a moment ago, most likely because its binding cookie is on; ask an admin of the team to turn it off";
    for browsers in [1, 1] {
        assert_eq!(reach.carry("bound.acme.test").problem(255), line);
        assert_eq!(reach.browsers().len(), browsers, "another log-in would not help");
    }
}

#[test]
fn a_destination_that_the_bastion_does_not_know() {
    let app =
        AppPlan::new("acme", "bastion.acme.test", origin::answering()).jump("db-01:22", origin::answering());
    let reach = Reach::of(plan(origin::answering()).app(app));
    reach.log_in("bastion.acme.test");
    let go = |to: &str| reach.run(&["access", "ssh", "--hostname", "bastion.acme.test", "--destination", to]);
    assert_eq!(
        go("db-02:22").problem(255),
        "db-02:22 cannot be reached behind bastion.acme.test; check the destination, or ask who runs the machine"
    );
    assert_eq!(go("db-01:22").well().err, "");
}

#[test]
fn an_edge_that_restarts() {
    let reach = Reach::to(origin::saying(vec![7; 1_000_000]));
    reach.log_in(HOST);
    for code in [1001, 1012] {
        let fault = CarryFault { after: 300_000, how: Cut::Close(code) };
        reach.edge.faults().set(|edge| edge.carry.next(1, fault));
        let said = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST])).ended();
        assert_eq!(
            said.problem(255),
            format!("Cloudflare restarted under the connection to {HOST}; connect again"),
            "{code}"
        );
        assert_eq!(said.out.len(), 300_000, "what came before it is not lost");
    }
}

/// The stable names of the causes that the doctor's report holds.
fn causes_in(reach: &Reach, host: &str) -> Vec<String> {
    let report = reach.run(&["doctor", host, "--json"]).text();
    let report: Value = serde_json::from_str(&report).expect("a report in JSON");
    let mut causes = Vec::new();
    collect(&report, &mut causes);
    causes
}

fn collect(value: &Value, causes: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            causes.extend(members.get("cause").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, causes));
        }
        Value::Array(members) => members.iter().for_each(|member| collect(member, causes)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_ray(line: &str) -> String {
    let Some((before, rest)) = line.split_once("(Ray ID ") else { return line.to_owned() };
    let (_, after) = rest.split_once(')').expect("the end of the Ray ID");
    format!("{before}(Ray ID RAY){after}")
}
