//! How a service is asked: `originRequest`, whose keys a rule may set one by one over the defaults of the file.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::InvalidRules;

/// The settings of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the keys of cloudflared's documentation")]
pub struct OriginRequest {
    pub connect_timeout: Duration,
    pub tls_timeout: Duration,
    pub tcp_keep_alive: Duration,
    pub no_happy_eyeballs: bool,
    pub keep_alive_connections: u32,
    pub keep_alive_timeout: Duration,
    pub http_host_header: String,
    pub origin_server_name: String,
    pub match_sni_to_host: bool,
    pub ca_pool: String,
    pub no_tls_verify: bool,
    pub disable_chunked_encoding: bool,
    pub http2_origin: bool,
    pub bastion: bool,
    pub socks: bool,
    pub ip_rules: Vec<IpRule>,
    pub access: Option<AccessCheck>,
}

/// Where a SOCKS client may go, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpRule {
    /// First address of the network.
    pub network: IpAddr,
    /// How many of its bits count.
    pub bits: u8,
    /// Which ports; none means all.
    pub ports: Vec<u16>,
    /// Whether it may.
    pub allow: bool,
}

/// Who has to have been let in by Access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessCheck {
    /// The team that lets in.
    pub team: String,
    /// For which applications.
    pub audiences: Vec<String>,
    /// Whether the team is at Cloudflare for Government.
    pub government: bool,
}

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// `30s`, `1m30s`: in files.
    Written,
    /// Whole seconds: in what the edge sends.
    Seconds,
}

impl Default for OriginRequest {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            tls_timeout: Duration::from_secs(10),
            tcp_keep_alive: Duration::from_secs(30),
            no_happy_eyeballs: false,
            keep_alive_connections: 100,
            keep_alive_timeout: Duration::from_secs(90),
            http_host_header: String::new(),
            origin_server_name: String::new(),
            match_sni_to_host: false,
            ca_pool: String::new(),
            no_tls_verify: false,
            disable_chunked_encoding: false,
            http2_origin: false,
            bastion: false,
            socks: false,
            ip_rules: Vec::new(),
            access: None,
        }
    }
}

impl OriginRequest {
    /// These settings with those of `value` over them.
    pub(crate) fn over(mut self, value: &Value, times: Times) -> Result<Self, InvalidRules> {
        let Some(given) = value.as_object() else { return Ok(self) };
        for (key, value) in given {
            self.set(key, value, times)?;
        }
        Ok(self)
    }

    fn set(&mut self, key: &str, value: &Value, times: Times) -> Result<(), InvalidRules> {
        let given = Given { key, value, times };
        match key {
            "connectTimeout" => self.connect_timeout = given.time()?,
            "tlsTimeout" => self.tls_timeout = given.time()?,
            "tcpKeepAlive" => self.tcp_keep_alive = given.time()?,
            "noHappyEyeballs" => self.no_happy_eyeballs = given.switch()?,
            "keepAliveConnections" => self.keep_alive_connections = given.number()?,
            "keepAliveTimeout" => self.keep_alive_timeout = given.time()?,
            "httpHostHeader" => self.http_host_header = given.text()?,
            "originServerName" => self.origin_server_name = given.text()?,
            "matchSNItoHost" => self.match_sni_to_host = given.switch()?,
            "caPool" => self.ca_pool = given.text()?,
            "noTLSVerify" => self.no_tls_verify = given.switch()?,
            "disableChunkedEncoding" => self.disable_chunked_encoding = given.switch()?,
            "http2Origin" => self.http2_origin = given.switch()?,
            "bastionMode" => self.bastion = given.switch()?,
            "proxyType" => self.socks = given.text()? == "socks",
            "ipRules" => self.ip_rules = given.list()?.iter().map(ip_rule).collect::<Result<_, _>>()?,
            "access" => self.access = access(value)?,
            // `proxyAddress` and `proxyPort` have no effect today; others are told by whoever checks the keys.
            _ => {}
        }
        Ok(())
    }

    /// What differs from the defaults, with times in seconds.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let standard = Self::default();
        let seconds = |time: Duration| json!(time.as_secs());
        let all = [
            ("connectTimeout", seconds(self.connect_timeout), seconds(standard.connect_timeout)),
            ("tlsTimeout", seconds(self.tls_timeout), seconds(standard.tls_timeout)),
            ("tcpKeepAlive", seconds(self.tcp_keep_alive), seconds(standard.tcp_keep_alive)),
            ("noHappyEyeballs", json!(self.no_happy_eyeballs), json!(false)),
            (
                "keepAliveConnections",
                json!(self.keep_alive_connections),
                json!(standard.keep_alive_connections),
            ),
            ("keepAliveTimeout", seconds(self.keep_alive_timeout), seconds(standard.keep_alive_timeout)),
            ("httpHostHeader", json!(self.http_host_header), json!("")),
            ("originServerName", json!(self.origin_server_name), json!("")),
            ("matchSNItoHost", json!(self.match_sni_to_host), json!(false)),
            ("caPool", json!(self.ca_pool), json!("")),
            ("noTLSVerify", json!(self.no_tls_verify), json!(false)),
            ("disableChunkedEncoding", json!(self.disable_chunked_encoding), json!(false)),
            ("http2Origin", json!(self.http2_origin), json!(false)),
            ("bastionMode", json!(self.bastion), json!(false)),
            ("proxyType", json!(if self.socks { "socks" } else { "" }), json!("")),
            ("ipRules", self.ip_rules.iter().map(IpRule::to_json).collect(), json!([])),
            ("access", self.access.as_ref().map_or(Value::Null, AccessCheck::to_json), Value::Null),
        ];
        let differing = all.into_iter().filter(|(_, own, standard)| own != standard);
        Value::Object(differing.map(|(key, own, _)| (key.to_owned(), own)).collect::<Map<_, _>>())
    }
}

impl IpRule {
    fn to_json(&self) -> Value {
        json!({"prefix": format!("{}/{}", self.network, self.bits), "ports": self.ports, "allow": self.allow})
    }
}

impl AccessCheck {
    fn to_json(&self) -> Value {
        let mut check = json!({"required": true, "teamName": self.team, "audTag": self.audiences});
        if self.government {
            check["environment"] = json!("fed");
        }
        check
    }
}

/// One key and its value.
struct Given<'a> {
    key: &'a str,
    value: &'a Value,
    times: Times,
}

impl Given<'_> {
    fn wrong(&self, wants: &'static str) -> InvalidRules {
        InvalidRules::Value { key: self.key.to_owned(), value: self.value.to_string(), wants }
    }

    fn switch(&self) -> Result<bool, InvalidRules> {
        self.value.as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    fn text(&self) -> Result<String, InvalidRules> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.wrong("a text"))
    }

    fn number(&self) -> Result<u32, InvalidRules> {
        let number = self.value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| self.wrong("a whole number"))
    }

    fn list(&self) -> Result<&[Value], InvalidRules> {
        self.value.as_array().map(Vec::as_slice).ok_or_else(|| self.wrong("a list"))
    }

    fn time(&self) -> Result<Duration, InvalidRules> {
        match self.times {
            Times::Written => self
                .value
                .as_str()
                .and_then(duration)
                .ok_or_else(|| self.wrong("a time with its unit, such as 30s or 1m30s")),
            Times::Seconds => self.number().map(|seconds| Duration::from_secs(seconds.into())),
        }
    }
}

/// `1h30m`, `1.5s`, `300ms`: numbers and units in a row.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at_checked(number)?;
        let unit = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(unit)?;
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = after;
    }
    (!text.is_empty()).then_some(total)
}

fn ip_rule(value: &Value) -> Result<IpRule, InvalidRules> {
    let wrong = |key: &str, wants| InvalidRules::Value {
        key: format!("ipRules.{key}"),
        value: value[key].to_string(),
        wants,
    };
    let network = value["prefix"].as_str().and_then(|prefix| {
        let (network, bits) = prefix.split_once('/')?;
        let network: IpAddr = network.parse().ok()?;
        let most = if network.is_ipv4() { 32 } else { 128 };
        Some((network, bits.parse().ok().filter(|bits: &u8| *bits <= most)?))
    });
    let (network, bits) = network.ok_or_else(|| wrong("prefix", "a network such as 10.0.0.0/8"))?;
    let ports = value["ports"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let ports: Option<Vec<u16>> = ports.map(|port| port.as_u64()?.try_into().ok()).collect();
    let ports = ports.ok_or_else(|| wrong("ports", "a list of ports"))?;
    Ok(IpRule { network, bits, ports, allow: value["allow"].as_bool().unwrap_or_default() })
}

fn access(value: &Value) -> Result<Option<AccessCheck>, InvalidRules> {
    let team = value["teamName"].as_str().unwrap_or_default().to_owned();
    let tags = value["audTag"].as_array().map(Vec::as_slice).unwrap_or_default();
    let audiences: Vec<String> = tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    if team.is_empty() && !audiences.is_empty() {
        return Err(InvalidRules::Team);
    }
    let government = value["environment"] == "fed";
    Ok((value["required"] == true).then_some(AccessCheck { team, audiences, government }))
}
