//! What is served: the rules of the file, else the one service that flags name.

use connector::{Origin, OriginRequest, Rules};

use crate::chosen::Chosen;
use crate::failure::Failure;

/// The rules, as far as this machine knows them.
pub(crate) fn rules(chosen: &Chosen, has_token: bool) -> Result<Rules, Failure> {
    if let Some(file) = chosen.file.as_ref().filter(|file| file.config.has_rules()) {
        if ["url", "hello-world", "bastion", "unix-socket"].into_iter().any(|flag| chosen.has(flag)) {
            tracing::warn!("the file has rules, so that the service which a flag names is not published");
        }
        return file.config.rules().map_err(|error| {
            Failure::Unusable(format!("the rules in {} cannot be used: {error}", file.path.display()))
        });
    }
    let Some(service) = service(chosen) else {
        if !has_token {
            tracing::warn!(
                "No ingress rules were defined in provided config (if any) nor from the cli, \
                 every request will be answered with 503"
            );
        }
        return Ok(Rules::unavailable());
    };
    let settings = settings(chosen)?;
    let origin =
        Origin::read(&service, settings.bastion).map_err(|error| Failure::Misuse(error.to_string()))?;
    Ok(Rules::single(origin, settings))
}

fn service(chosen: &Chosen) -> Option<String> {
    if chosen.on("hello-world") {
        return Some("hello_world".to_owned());
    }
    if chosen.on("bastion") {
        return Some("bastion".to_owned());
    }
    chosen.value("url").or_else(|| Some(format!("unix:{}", chosen.path("unix-socket")?.display())))
}

fn settings(chosen: &Chosen) -> Result<OriginRequest, Failure> {
    let standard = OriginRequest::default();
    let text = |name: &str| chosen.value(name).unwrap_or_default();
    let whole =
        chosen.understood("proxy-keepalive-connections", |text| text.parse().ok(), "a whole number")?;
    Ok(OriginRequest {
        connect_timeout: chosen.time("proxy-connect-timeout")?.unwrap_or(standard.connect_timeout),
        tls_timeout: chosen.time("proxy-tls-timeout")?.unwrap_or(standard.tls_timeout),
        tcp_keep_alive: chosen.time("proxy-tcp-keepalive")?.unwrap_or(standard.tcp_keep_alive),
        keep_alive_timeout: chosen.time("proxy-keepalive-timeout")?.unwrap_or(standard.keep_alive_timeout),
        keep_alive_connections: whole.unwrap_or(standard.keep_alive_connections),
        no_happy_eyeballs: chosen.on("proxy-no-happy-eyeballs"),
        http_host_header: text("http-host-header"),
        origin_server_name: text("origin-server-name"),
        ca_pool: chosen.path("origin-ca-pool").map(|path| path.display().to_string()).unwrap_or_default(),
        no_tls_verify: chosen.on("no-tls-verify"),
        disable_chunked_encoding: chosen.on("no-chunked-encoding"),
        http2_origin: chosen.on("http2-origin"),
        bastion: chosen.on("bastion"),
        socks: chosen.on("socks5"),
        ..standard
    })
}
