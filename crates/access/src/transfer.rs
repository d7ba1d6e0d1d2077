//! Log-in by token transfer: a key pair for one log-in, a link for the browser, a mailbox that the edge puts sealed
//! tokens into (`access.md` 2).

mod link;
mod mailbox;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE};
use crypto_box::aead::Aead as _;
use crypto_box::{PublicKey, SalsaBox, SecretKey};
use serde::Deserialize;
use wire::{AppToken, AppUrl, Jwt, OrgToken};
use zeroize::Zeroizing;

use crate::AccessError;
use crate::error::TransferFault;

pub(crate) use mailbox::Mailbox;
#[cfg(test)]
pub(crate) use mailbox::read;

const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;

/// URL-safe base64 whose padding may be missing.
const URL_SAFE_FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key pair of one log-in. Never stored; the secret half is wiped when the log-in is over.
pub(crate) struct Recipient {
    secret: SecretKey,
}

/// What the edge put into the mailbox.
pub(crate) struct Sealed<'a> {
    /// The value of the header with the sender's key.
    pub(crate) sender: &'a str,
    /// The body: standard base64 of nonce and box.
    pub(crate) body: &'a [u8],
}

/// The tokens of one log-in, not yet verified.
pub(crate) struct Transferred {
    pub(crate) app: AppToken,
    pub(crate) org: Option<OrgToken>,
}

impl Recipient {
    pub(crate) fn generate() -> Result<Self, AccessError> {
        let mut seed = Zeroizing::new([0_u8; KEY]);
        getrandom::fill(seed.as_mut_slice())
            .map_err(|error| AccessError::Setup { what: error.to_string() })?;
        Ok(Self { secret: SecretKey::from(*seed) })
    }

    /// The public half as the wire wants it, URL-safe base64 with padding: key and mailbox address at once.
    pub(crate) fn public(&self) -> String {
        URL_SAFE.encode(self.secret.public_key().as_bytes())
    }

    /// The link that a browser opens to log in to `app` for this recipient.
    pub(crate) fn link(&self, app: &AppUrl, audience: &str, auto_close: bool) -> String {
        link::link(app, audience, &self.public(), auto_close)
    }

    /// Opens what was put into the mailbox.
    pub(crate) fn open(&self, sealed: &Sealed<'_>) -> Result<Transferred, TransferFault> {
        let sender = URL_SAFE_FORGIVING.decode(sealed.sender.trim()).map_err(|_| TransferFault::SenderKey)?;
        let sender: [u8; KEY] = sender.try_into().map_err(|_| TransferFault::SenderKey)?;
        let text: Vec<u8> = sealed.body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let message = STANDARD.decode(text).map_err(|_| TransferFault::NotBase64)?;
        if message.len() < NONCE + TAG {
            return Err(TransferFault::TooShort);
        }
        let (nonce, boxed) = message.split_at(NONCE);
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| TransferFault::TooShort)?;
        let plain = SalsaBox::new(&PublicKey::from(sender), &self.secret)
            .decrypt(&nonce.into(), boxed)
            .map_err(|_| TransferFault::Sealed)?;
        tokens(&Zeroizing::new(plain))
    }
}

fn tokens(plain: &[u8]) -> Result<Transferred, TransferFault> {
    #[derive(Deserialize)]
    struct Tokens {
        #[serde(default)]
        app_token: Zeroizing<String>,
        #[serde(default)]
        org_token: Zeroizing<String>,
    }
    let tokens: Tokens = serde_json::from_slice(plain).map_err(|_| TransferFault::NoTokens)?;
    let app = AppToken(Jwt::new(&tokens.app_token));
    if app.0.reveal().is_empty() {
        return Err(TransferFault::NoTokens);
    }
    let org = (!tokens.org_token.is_empty()).then(|| OrgToken(Jwt::new(&tokens.org_token)));
    Ok(Transferred { app, org })
}

/// What [`crate::fuzz`] asks of a mailbox's content: the key in front, then the body.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn holds(bytes: &[u8]) -> bool {
    let recipient = Recipient { secret: SecretKey::from([7; KEY]) };
    let (sender, body) = bytes.split_at(bytes.len().min(44));
    let opened = recipient.open(&Sealed { sender: &String::from_utf8_lossy(sender), body });
    opened.is_err() && tokens(bytes).map_or(true, |found| !found.app.0.reveal().is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The two key pairs, nonce and box of the NaCl paper "Cryptography in NaCl" (section 10), as in RFC-style vectors.
    const ALICE_PUBLIC: &str = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    const BOB_SECRET: &str = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    const NONCE_BYTES: &str = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37";
    const BOXED: &str = "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn bob() -> Recipient {
        let secret: [u8; KEY] = bytes(BOB_SECRET).try_into().unwrap();
        Recipient { secret: SecretKey::from(secret) }
    }

    fn fault(sender: &str, body: &[u8]) -> TransferFault {
        bob().open(&Sealed { sender, body }).err().unwrap()
    }

    #[test]
    fn the_box_of_the_nacl_paper_opens_and_holds_no_tokens() {
        let sender = URL_SAFE.encode(bytes(ALICE_PUBLIC));
        let body = STANDARD.encode([bytes(NONCE_BYTES), bytes(BOXED)].concat());
        assert_eq!(fault(&sender, body.as_bytes()), TransferFault::NoTokens);
        assert_eq!(fault(&sender, format!("{body}\r\n").as_bytes()), TransferFault::NoTokens);
        assert_eq!(fault(sender.trim_end_matches('='), body.as_bytes()), TransferFault::NoTokens);
        let mut damaged = bytes(BOXED);
        damaged[20] ^= 1;
        let body = STANDARD.encode([bytes(NONCE_BYTES), damaged].concat());
        assert_eq!(fault(&sender, body.as_bytes()), TransferFault::Sealed);
    }

    #[test]
    fn each_flaw_has_its_name() {
        let sender = URL_SAFE.encode(bytes(ALICE_PUBLIC));
        assert_eq!(fault("", b"AAAA"), TransferFault::SenderKey);
        assert_eq!(fault("AAAA", b"AAAA"), TransferFault::SenderKey);
        assert_eq!(fault(&sender, b"***"), TransferFault::NotBase64);
        assert_eq!(fault(&sender, STANDARD.encode([0; 39]).as_bytes()), TransferFault::TooShort);
        assert_eq!(fault(&sender, STANDARD.encode([0; 40]).as_bytes()), TransferFault::Sealed);
    }

    #[test]
    fn tokens_are_read_and_unknown_members_ignored() {
        let found =
            tokens(br#"{"app_token":"a.b.c","org_token":"d.e.f","more":1}"#).unwrap_or_else(|_| panic!());
        assert_eq!(found.app.0.reveal(), "a.b.c");
        assert_eq!(found.org.unwrap().0.reveal(), "d.e.f");
        assert!(tokens(br#"{"app_token":"a.b.c"}"#).is_ok_and(|found| found.org.is_none()));
        for text in ["{}", "[]", "", r#"{"app_token":7}"#] {
            assert!(tokens(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_log_in_has_its_own_padded_key() {
        let (one, two) = (Recipient::generate().unwrap().public(), Recipient::generate().unwrap().public());
        assert_ne!(one, two);
        assert!(one.len() == 44 && one.ends_with('='));
    }

    proptest! {
        #[test]
        fn any_answer_is_a_fault_and_never_a_panic(sender in ".{0,60}", body: Vec<u8>) {
            let opened = bob().open(&Sealed { sender: &sender, body: &body });
            prop_assert!(opened.is_err());
        }

        #[test]
        fn any_sealed_bytes_are_a_fault(message in prop::collection::vec(any::<u8>(), 0..200)) {
            let sender = URL_SAFE.encode(bytes(ALICE_PUBLIC));
            let body = STANDARD.encode(message);
            let opened = bob().open(&Sealed { sender: &sender, body: body.as_bytes() });
            prop_assert!(opened.is_err());
        }
    }
}
