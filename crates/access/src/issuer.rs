//! Who issued a server's certificate. A company that opens TLS on the way signs with a name of its own.

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// The object identifiers 2.5.4.10 and 2.5.4.3 (X.520), as they stand in a name.
const ORGANISATION: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x0a];
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
/// The types of text that are bytes as they are: UTF8String, PrintableString, IA5String.
const TEXT: [u8; 3] = [0x0c, 0x13, 0x16];

/// The issuer's organisation and name, as far as they can be read.
pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    named(certificate.issuer())
}

fn named(issuer: &[u8]) -> Option<String> {
    let parts = [ORGANISATION, COMMON_NAME].map(|kind| text_after(issuer, kind));
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The text that follows an object identifier; those of a certificate are far shorter than 128 bytes.
fn text_after(name: &[u8], kind: &[u8]) -> Option<String> {
    let at = name.windows(kind.len()).position(|bytes| bytes == kind)?;
    let (tag, rest) = name.get(at + kind.len()..)?.split_first()?;
    let (length, rest) = rest.split_first()?;
    let text = rest.get(..usize::from(*length)).filter(|_| *length < 128 && TEXT.contains(tag))?;
    let text = String::from_utf8(text.to_vec()).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn organisation_and_name_are_read() {
        let (key, names) = (rcgen::KeyPair::generate().unwrap(), vec!["h.test".to_owned()]);
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Acme Inspection");
        params.distinguished_name.push(rcgen::DnType::CommonName, "Root 1");
        let certificate = params.self_signed(&key).unwrap();
        assert_eq!(of(certificate.der()).as_deref(), Some("Acme Inspection, Root 1"));
        assert_eq!(of(&CertificateDer::from(vec![0x30, 0x00])), None);
    }

    proptest! {
        #[test]
        fn no_name_is_too_odd(before in proptest::collection::vec(any::<u8>(), 0..20), after in proptest::collection::vec(any::<u8>(), 0..40)) {
            let text = named(&[&before[..], COMMON_NAME, &after].concat());
            prop_assert!(text.is_none_or(|text| text.len() <= before.len() + after.len() + 8));
        }
    }
}
