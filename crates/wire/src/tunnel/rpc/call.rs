//! What is called: the methods of the registration, and those that the edge calls on streams of its own.

use super::super::words::{Malformed, Struct, Writer};
use super::super::{Secret, TunnelId};
use super::Registering;

const REGISTRATION: u64 = 0xf716_95ec_7fe8_5497;
const CONFIGURATION: u64 = 0xb48e_dfbd_aa25_db04;

/// A method and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A connection asks to be registered.
    Register(Registration),
    /// It is about to leave.
    Unregister,
    /// Rules that the connector read from a file of its own, in JSON.
    LocalConfiguration(Vec<u8>),
    /// Rules for the connector, in JSON.
    UpdateConfiguration {
        /// Counted from zero; an older one means nothing.
        version: i32,
        /// The rules.
        config: Vec<u8>,
    },
    /// Something else; it is answered with an exception.
    Other {
        /// Of which interface.
        interface: u64,
        /// Which of its methods.
        method: u16,
    },
}

/// Who asks to be registered, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Tag of the account.
    pub account: String,
    /// The proof.
    pub secret: Secret,
    /// The tunnel.
    pub tunnel: TunnelId,
    /// Which of the connector's connections this is.
    pub index: u8,
    /// What the connector tells about itself.
    pub options: Registering,
}

impl Call {
    pub(super) fn read(body: Struct<'_, '_>) -> Result<Self, Malformed> {
        let (interface, method) = (body.u64(8), body.u16(4));
        let params = body.structure(1)?.structure(0)?;
        Ok(match (interface, method) {
            (REGISTRATION, 0) => Self::Register(Registration::read(params)?),
            (REGISTRATION, 1) => Self::Unregister,
            (REGISTRATION, 2) => Self::LocalConfiguration(params.data(0)?.to_vec()),
            (CONFIGURATION, 0) => Self::UpdateConfiguration {
                version: params.u32(0).cast_signed(),
                config: params.data(0)?.to_vec(),
            },
            _ => Self::Other { interface, method },
        })
    }

    /// Fills in what is called into a call that begins at `body`.
    pub(super) fn write(&self, writer: &mut Writer, body: usize) -> Result<(), Malformed> {
        let (interface, method) = match self {
            Self::Register(_) => (REGISTRATION, 0),
            Self::Unregister => (REGISTRATION, 1),
            Self::LocalConfiguration(_) => (REGISTRATION, 2),
            Self::UpdateConfiguration { .. } => (CONFIGURATION, 0),
            Self::Other { interface, method } => (*interface, *method),
        };
        writer.set(body, 4, &method.to_le_bytes());
        writer.set(body + 1, 0, &interface.to_le_bytes());
        let payload = writer.structure(body + 4, 0, 2)?;
        match self {
            Self::Register(registration) => registration.write(writer, payload)?,
            Self::LocalConfiguration(config) => {
                let params = writer.structure(payload, 0, 1)?;
                writer.data(params, config)?;
            }
            Self::UpdateConfiguration { version, config } => {
                let params = writer.structure(payload, 1, 1)?;
                writer.set(params, 0, &version.to_le_bytes());
                writer.data(params + 1, config)?;
            }
            Self::Unregister | Self::Other { .. } => writer.empty(payload),
        }
        writer.structs(payload + 1, 0, 1, 1)?;
        Ok(())
    }
}

impl Registration {
    fn read(params: Struct<'_, '_>) -> Result<Self, Malformed> {
        let auth = params.structure(0)?;
        Ok(Self {
            account: auth.text(0)?.to_owned(),
            secret: Secret::new(auth.data(1)?.to_vec()),
            tunnel: TunnelId(params.data(1)?.try_into().map_err(|_| Malformed::Kind)?),
            index: params.u8(0),
            options: Registering::read(params.structure(2)?)?,
        })
    }

    fn write(&self, writer: &mut Writer, payload: usize) -> Result<(), Malformed> {
        let params = writer.structure(payload, 1, 3)?;
        writer.set(params, 0, &[self.index]);
        let auth = writer.structure(params + 1, 0, 2)?;
        writer.text(auth, &self.account)?;
        writer.data(auth + 1, self.secret.expose())?;
        writer.data(params + 2, &self.tunnel.0)?;
        self.options.write(writer, params + 3)
    }
}
