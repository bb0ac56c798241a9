//! What can go wrong with keys. Names tables and columns, never a key or a text.

use uuid::Uuid;

use crate::master::MasterError;
use crate::sealed::Place;

/// A field or a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(transparent)]
    Db(#[from] db::Error),
    #[error(transparent)]
    Master(#[from] MasterError),
    #[error(
        "the master key is not the one that these data were sealed with: they want the key \
         {wanted}, and {held} was given. Bring back the right vault.key, variable or passphrase; \
         nothing was changed, and no other key can open the data"
    )]
    WrongMaster { wanted: String, held: String },
    #[error("the database was opened without a vault")]
    NoVault,
    #[error("community {0} has no keys")]
    NoKeys(Uuid),
    #[error("{table}.{column} of {row} does not open: it was changed, moved, or sealed elsewhere")]
    Unreadable { table: &'static str, column: &'static str, row: Uuid },
    #[error("the text for {table}.{column} is too long to be a field")]
    TooLong { table: &'static str, column: &'static str },
}

impl VaultError {
    pub(crate) fn unreadable(place: &Place) -> VaultError {
        let Place { table, column, row, .. } = *place;
        VaultError::Unreadable { table, column, row }
    }
}

impl db::Retry for VaultError {
    fn is_retryable(&self) -> bool {
        match self {
            VaultError::Db(error) => error.is_retryable(),
            VaultError::Master(_)
            | VaultError::WrongMaster { .. }
            | VaultError::NoVault
            | VaultError::NoKeys(_)
            | VaultError::Unreadable { .. }
            | VaultError::TooLong { .. } => false,
        }
    }
}
