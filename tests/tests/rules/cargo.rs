//! What Cargo knows of the workspace: its packages, and what each links.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::tree;

/// The answer of `cargo metadata`, for the systems that this machine builds for.
pub(crate) struct Workspace {
    members: BTreeMap<String, Member>,
    names: BTreeMap<String, String>,
    linked: BTreeMap<String, Vec<String>>,
}

struct Member {
    id: String,
    manifest: Value,
}

impl Workspace {
    pub(crate) fn read() -> &'static Self {
        static ONCE: OnceLock<Workspace> = OnceLock::new();
        ONCE.get_or_init(|| Self::parse(&metadata()))
    }

    fn parse(metadata: &Value) -> Self {
        let mut workspace =
            Self { members: BTreeMap::new(), names: BTreeMap::new(), linked: BTreeMap::new() };
        let ids: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
        for package in list(&metadata["packages"]) {
            let (id, name) = (text(&package["id"]), text(&package["name"]));
            if ids.contains(&id) {
                workspace.members.insert(name.clone(), Member { id: id.clone(), manifest: package.clone() });
            }
            workspace.names.insert(id, name);
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let normal = list(&node["deps"]).iter().filter(|dep| is_normal(dep)).map(|dep| text(&dep["pkg"]));
            workspace.linked.insert(text(&node["id"]), normal.collect());
        }
        workspace
    }

    /// The packages of this workspace.
    pub(crate) fn members(&self) -> BTreeSet<&str> {
        self.members.keys().map(String::as_str).collect()
    }

    /// What a member's manifest asks for, in all its sections and for all systems.
    pub(crate) fn asked(&self, member: &str) -> BTreeSet<String> {
        let dependencies = list(&self.members[member].manifest["dependencies"]);
        dependencies.iter().map(|dependency| text(&dependency["name"])).collect()
    }

    /// The members that a member links, tests apart.
    pub(crate) fn arrows(&self, member: &str) -> BTreeSet<String> {
        let dependencies = list(&self.members[member].manifest["dependencies"]);
        let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
        let names = normal.map(|dependency| text(&dependency["name"]));
        names.filter(|name| self.members.contains_key(name)).collect()
    }

    /// Everything that ends up in a member's programs here.
    pub(crate) fn closure(&self, member: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![self.members[member].id.as_str()];
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(self.linked[id].iter().map(String::as_str));
            }
        }
        reached.into_iter().map(|id| self.names[id].as_str()).collect()
    }
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // All that is needed was fetched for the build of this test.
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let answer = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", &host])
        .current_dir(tree::top())
        .output()
        .expect("cargo starts");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    serde_json::from_slice(&answer.stdout).expect("an answer in JSON")
}

fn is_normal(dependency: &Value) -> bool {
    list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
