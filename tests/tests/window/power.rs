//! A machine that saves its battery keeps no connection ready; what says so is the system's own service, played here.

use journeys::reach::HOST;
use journeys::wait;
use zbus::{Connection, interface};

use crate::stage::{Stage, lacks, log_in};

const PATH: &str = "/org/freedesktop/UPower/PowerProfiles";

/// What power-profiles-daemon shows to everybody.
struct PowerProfiles(String);

#[interface(name = "org.freedesktop.UPower.PowerProfiles")]
impl PowerProfiles {
    #[zbus(property)]
    fn active_profile(&self) -> String {
        self.0.clone()
    }
}

async fn activate(bus: &Connection, profile: &str) {
    let server = bus.object_server().interface::<_, PowerProfiles>(PATH).await.expect("the service");
    let mut profiles = server.get_mut().await;
    profile.clone_into(&mut profiles.0);
    profiles.active_profile_changed(server.signal_emitter()).await.expect("a bus");
}

#[tokio::test]
async fn a_battery_saver_ends_what_is_kept_ready() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let bus = stage.desk.connect().await;
    let server = PowerProfiles("balanced".to_owned());
    bus.object_server().at(PATH, server).await.expect("a free path");
    bus.request_name("org.freedesktop.UPower.PowerProfiles").await.expect("a free name");
    stage.add_host(HOST);
    let page = stage.window().await;
    log_in(&stage, &page).await;
    until_ready(&stage, 1).await;
    activate(&bus, "power-saver").await;
    until_ready(&stage, 0).await;
    activate(&bus, "performance").await;
    until_ready(&stage, 1).await;
    page.close().await;
}

/// Waits until so many connections have done TLS, and were asked nothing.
async fn until_ready(stage: &Stage, count: usize) {
    wait::eventually(&format!("{count} connections that are ready"), wait::SOON, async || {
        let asked: Vec<u64> = stage.edge.log().iter().map(|seen| seen.connection).collect();
        let open = stage.edge.connections().into_iter().filter(|seen| seen.tls.is_some() && !seen.closed);
        (open.filter(|seen| !asked.contains(&seen.connection)).count() == count).then_some(())
    })
    .await;
}
