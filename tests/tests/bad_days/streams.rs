//! Streams that end before their time: what arrived is delivered, and the helper says so.

use std::io::{Read as _, Write as _};

use edge_sim::{CarryFault, Cut};
use journeys::homes::put;
use journeys::reach::{HOST, Running, Said};
use journeys::{Reach, Sshd, need, origin, sshd};

const AFTER: usize = 300_000;
const WORDS: &[u8] = &[5; 1_000_000];

#[test]
fn an_edge_that_closes_in_the_middle() {
    let words: Vec<u8> = (0..1_000_000_u32).map(|at| at.to_le_bytes()[usize::from(at % 3 == 0)]).collect();
    let reach = Reach::to(origin::saying(words.clone()));
    reach.log_in(HOST);
    for how in [Cut::Close(1011), Cut::Truncate, Cut::ProtocolError, Cut::Reset] {
        let fault = CarryFault { after: AFTER as u64, how };
        reach.edge.faults().set(|faulty| faulty.carry.next(1, fault));
        // Its stdin stays open, as ssh's does.
        let said = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST])).ended();
        let line = said.problem(255);
        assert!(line.starts_with(&format!("the connection to {HOST} was cut (")), "{how:?}: {line}");
        assert!(line.ends_with("); connect again"), "{how:?}: {line}");
        assert!(words.starts_with(&said.out), "{how:?}");
        // A reset takes back what the system had not handed out yet; every other end delivers what came before it.
        assert!(said.out.len() == AFTER || how == Cut::Reset, "{how:?}: {}", said.out.len());
    }
}

#[test]
fn the_answer_to_the_last_words_is_not_lost() {
    let origin = origin::serve(|mut stream| {
        let mut heard = vec![0; WORDS.len()];
        let all = stream.read_exact(&mut heard).is_ok() && heard == WORDS;
        // The far side answers long after our end of the input, and with more than fits into any buffer.
        let _ = stream.write_all(&if all { vec![7; 5_000_000] } else { Vec::new() });
    });
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let mut running = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST]));
    assert!(running.write(WORDS));
    running.finish_input();
    let said = running.ended().well();
    assert!(said.out == vec![7; 5_000_000], "{} bytes came", said.out.len());
}

#[test]
fn ssh_shows_the_line_and_ends_with_255() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let server = Sshd::start();
    let reach = Reach::to(server.address());
    put(reach.ssh_config(), server.client_lines());
    reach.run(&["host", "add", HOST, "--user", &server.user()]).well();
    reach.log_in(HOST);
    Said::of(reach.client("ssh").args(["build-01", "true"])).well();
    reach.edge.faults().set(|faulty| faulty.carry.next(1, CarryFault { after: 100_000, how: Cut::Truncate }));
    let said = Said::of(reach.client("ssh").args(["build-01", "head -c 1000000 /dev/zero"]));
    assert_eq!(said.code, Some(255), "{}", said.err);
    let line = format!(
        "sallyport: the connection to {HOST} was cut (the connection ended in the middle); connect again"
    );
    assert!(said.err.lines().any(|said| said == line), "{}", said.err);
    Said::of(reach.client("ssh").args(["build-01", "true"])).well();
}
