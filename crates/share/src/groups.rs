//! Groups of the account, found by what people call them.

use std::collections::BTreeSet;

use api::{Api, Group, Whom};

use crate::wish::Named;
use crate::{Permission, ShareError};

/// The groups of every account that the API token knows a domain of, by name.
///
/// # Errors
/// When none of these accounts can be asked.
pub async fn groups(api: &Api) -> Result<Vec<Group>, ShareError> {
    let zones = api.zones().await.map_err(ShareError::of_call(Permission::ZoneRead))?;
    let accounts: BTreeSet<String> = zones.into_iter().map(|zone| zone.account.id).collect();
    let (mut all, mut refused) = (Vec::new(), None);
    for account in &accounts {
        match api.clone().within(account, "").groups().await {
            Ok(groups) => all.extend(groups),
            Err(error) => refused = Some(error),
        }
    }
    if let Some(error) = refused.filter(|_| all.is_empty()) {
        return Err(ShareError::of_call(Permission::OrganizationRead)(error));
    }
    all.sort_by_key(|group| (group.name.to_lowercase(), group.id.clone()));
    Ok(all)
}

/// All who are named, groups as the account has them.
pub(crate) async fn resolved(api: &Api, named: Named) -> Result<Vec<Whom>, ShareError> {
    let Named { mut whom, groups } = named;
    if !groups.is_empty() {
        let known = api.groups().await.map_err(ShareError::of_call(Permission::OrganizationRead))?;
        for name in groups {
            whom.push(Whom::Group(find(&known, &name)?.clone()));
        }
        whom.sort();
        whom.dedup();
    }
    Ok(whom)
}

/// The group of this name, or of this id. Case counts only where names differ by nothing else.
fn find<'a>(known: &'a [Group], name: &str) -> Result<&'a Group, ShareError> {
    let alike = |group: &&Group| group.name.to_lowercase() == name.to_lowercase();
    let mut found: Vec<&Group> =
        known.iter().filter(|group| group.name == name || group.id == name).collect();
    if found.is_empty() {
        found = known.iter().filter(alike).collect();
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = known.iter().map(|group| group.name.clone()).collect();
            let nearest = command_line::nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
            Err(ShareError::NoGroup { name: name.to_owned(), nearest, groups: names })
        }
        several => Err(ShareError::SeveralGroups {
            name: name.to_owned(),
            ids: several.iter().map(|group| group.id.clone()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(id: &str, name: &str) -> Group {
        Group { id: id.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_group_is_found_by_its_name_or_its_id() {
        let known = [group("1", "Platform"), group("2", "Contractors, Lisbon"), group("3", "platform")];
        assert_eq!(find(&known, "Platform").unwrap().id, "1");
        assert_eq!(find(&known, "2").unwrap().name, "Contractors, Lisbon");
        assert_eq!(find(&known, "CONTRACTORS, LISBON").unwrap().id, "2");
    }

    #[test]
    fn a_name_that_no_group_has_gets_the_nearest_and_one_that_several_have_their_ids() {
        let known = [group("1", "Platform"), group("2", "Ops"), group("3", "Ops")];
        let Err(ShareError::NoGroup { nearest, groups, .. }) = find(&known, "Platfrom") else {
            panic!("a group that is not there was found")
        };
        assert_eq!((nearest.as_deref(), groups.len()), (Some("Platform"), 3));
        let several = ShareError::SeveralGroups { name: "Ops".to_owned(), ids: vec!["2".into(), "3".into()] };
        assert_eq!(find(&known, "Ops"), Err(several));
        assert!(matches!(find(&known, "PLATFORMS OF ALL"), Err(ShareError::NoGroup { nearest: None, .. })));
    }
}
