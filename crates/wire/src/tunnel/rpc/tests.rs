//! The bytes of stock peers, and any other bytes.

use std::net::IpAddr;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::tunnel::{Secret, TunnelId};

const BOOTSTRAP: &str = "0000000005000000000000000100010008000000000000000000000001000100\
    00000000000000000000000000000000";
const FINISH: &str = "0000000004000000000000000100010004000000000000000000000001000000\
    0000000001000000";
const CAPABILITY: &str = "000000000b000000000000000100010003000000000000000000000002000100\
    0000000001000000000000000000000000000000000002000300000000000000010000001700000004000000010001\
    0001000000000000000000000000000000";
const REGISTERED: &str = "0000000012000000000000000100010003000000000000000000000002000100\
    010000000100000000000000000000000000000000000200040000000000010025000000070000000000000001000100\
    01000000000000000000000001000200000000000000000005000000820000000900000032000000fe1449a1cee14fb7\
    8d82479f05a77a2473696d30310000000000000001000100";
const DONE: &str = "0000000009000000000000000100010003000000000000000000000002000100\
    010000000100000000000000000000000000000000000200fcffffff0000000001000000070000000000000001000100";

const ID: [u8; 16] =
    [0xfe, 0x14, 0x49, 0xa1, 0xce, 0xe1, 0x4f, 0xb7, 0x8d, 0x82, 0x47, 0x9f, 0x05, 0xa7, 0x7a, 0x24];

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn returned(answer: u32, holds: Answer) -> Rpc {
    Rpc::Return(Return { answer, holds })
}

fn registered() -> Registered {
    Registered { connection: ID, location: "sim01".to_owned(), remotely_managed: false }
}

fn registration() -> Registration {
    Registration {
        account: "tag".to_owned(),
        secret: Secret::new(vec![1, 2, 3]),
        tunnel: TunnelId(ID),
        index: 2,
        options: Registering {
            client: [7; 16],
            features: vec!["allow_remote_config".to_owned(), "serialized_headers".to_owned()],
            version: "1.0".to_owned(),
            arch: "linux_amd64".to_owned(),
            local: Some(IpAddr::from([127, 0, 0, 1])),
            attempts: 3,
        },
    }
}

fn call(question: u32, target: Target, call: Call) -> Rpc {
    Rpc::Call { question, target, call: Box::new(call) }
}

fn holds(framed: &[u8]) -> Answer {
    match Rpc::read(framed) {
        Ok(Rpc::Return(returned)) => returned.holds,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_stock_connector_sends_is_what_we_send() {
    let bootstrap = Rpc::Bootstrap { question: 0 };
    let finish = Rpc::Finish { question: 0, release: false };
    for (message, golden) in [(bootstrap, bytes(BOOTSTRAP)), (finish, bytes(FINISH))] {
        assert_eq!(message.write().as_ref(), Ok(&golden));
        assert_eq!(Rpc::read(&golden), Ok(message));
    }
}

#[test]
fn what_a_stock_edge_answers_is_what_the_simulated_one_answers() {
    let answers = [
        (returned(0, Answer::Capability(0)), CAPABILITY),
        (returned(1, Answer::Registration(Ok(registered()))), REGISTERED),
        (returned(1, Answer::Done), DONE),
    ];
    for (message, golden) in answers {
        assert_eq!(message.write(), Ok(bytes(golden)));
    }
}

#[test]
fn answers_are_read_by_whoever_asked() {
    assert_eq!(holds(&bytes(CAPABILITY)).capability(), Ok(0));
    assert_eq!(holds(&bytes(REGISTERED)).registration(), Ok(Ok(registered())));
    assert!(holds(&bytes(DONE)).capability().is_err());
    let refusal = Refusal { cause: "EDUPCONN".to_owned(), retry: true, after: Duration::from_secs(3) };
    assert!(refusal.is_duplicate());
    let framed = returned(1, Answer::Registration(Err(refusal.clone()))).write().expect("small");
    assert_eq!(holds(&framed).registration(), Ok(Err(refusal)));
    let configured = Configured { version: -1, error: "no rules".to_owned() };
    let framed = returned(1, Answer::Configured(configured.clone())).write().expect("small");
    assert_eq!(holds(&framed).configured(), Ok(configured));
    let framed = returned(1, Answer::Exception("no such method".to_owned())).write().expect("small");
    assert_eq!(holds(&framed), Answer::Exception("no such method".to_owned()));
}

#[test]
fn calls_survive_the_wire() {
    let calls = [
        call(1, Target::Promised(0), Call::Register(registration())),
        call(1, Target::Imported(0), Call::LocalConfiguration(b"{}".to_vec())),
        call(1, Target::Imported(7), Call::Unregister),
        call(1, Target::Imported(0), Call::UpdateConfiguration { version: 4, config: b"{}".to_vec() }),
        call(1, Target::Imported(0), Call::Other { interface: 5, method: 6 }),
        Rpc::Release { id: 0, count: 1 },
        Rpc::Abort { reason: "rpc: shutdown".to_owned() },
    ];
    for message in calls {
        let framed = message.write().expect("small");
        assert_eq!(rpc_length(&framed), Ok(Some(framed.len())));
        assert_eq!(Rpc::read(&framed), Ok(message));
    }
}

#[test]
fn a_registration_does_not_print_its_secret() {
    let printed = format!("{:?}", call(1, Target::Promised(0), Call::Register(registration())));
    assert!(printed.contains("Secret(…)"), "{printed}");
}

#[test]
fn a_message_beyond_the_limit_is_refused_before_it_arrives() {
    assert_eq!(rpc_length(&[0, 0, 0, 0, 0, 0, 0, 1]), Err(Malformed::TooLarge));
    assert_eq!(rpc_length(&[0, 0, 0, 0, 9]), Ok(None));
}

proptest! {
    #[test]
    fn damage_is_read_or_refused(at in 8_usize..300, with: u8, second in 8_usize..300, other: u8) {
        let mut damaged = call(1, Target::Promised(0), Call::Register(registration())).write().expect("small");
        for (place, byte) in [(at, with), (second, other)] {
            if let Some(old) = damaged.get_mut(place) {
                *old = byte;
            }
        }
        if let Ok(Rpc::Call { call, .. }) = Rpc::read(&damaged)
            && let Call::Register(read) = *call
        {
            let features: usize = read.options.features.iter().map(String::len).sum();
            prop_assert!(features + read.account.len() <= 3 * damaged.len());
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_refused(framed: Vec<u8>) {
        if let Ok(message) = Rpc::read(&framed) {
            prop_assert!(rpc_length(&framed).is_ok(), "{message:?}");
        }
    }
}
