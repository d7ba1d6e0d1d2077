//! `--stdin-control`: a running tunnel follows the orders of its standard input.
#![cfg(target_os = "linux")]

use edge_sim::LinkState;
use journeys::{Part, Tunnelled, wait};

#[test]
fn a_connection_leaves_and_comes_back_when_the_order_comes() {
    let stage = Tunnelled::new();
    let mut command = stage.command(&["--stdin-control", "--url", "http_status:204", "--token-file"]);
    command.arg(stage.token_file());
    let orders = "\nwhat\nreconnect 1ms\n";
    let mut connector = Part::start_with_input("connector", &mut command, orders, &stage.reach.home.logs());
    connector.says("what there is", |log| log.contains("unknown command; there is: reconnect").then_some(()));
    let left = || stage.reach.edge.links().iter().any(|link| link.state == LinkState::Left).then_some(());
    wait::until("one that has left in due form", wait::SOON, left);
    stage.until_links("beside the one that left", |link| link.state == LinkState::Registered);
    assert_eq!(stage.reach.edge.links().len(), 5, "{:?}", stage.reach.edge.links());
    // The input has ended, and that ends nothing.
    connector.terminate();
    assert!(connector.ended(wait::SOON).success(), "{}", connector.log());
}
