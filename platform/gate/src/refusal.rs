//! Why something was not done, in a form that reaches its reader in their language.

use kernel::Fault;

/// What is wrong with one field of a form or body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Path of the field as the caller sent it: `text`, `children[1].topic`.
    pub field: String,
    pub fault: Fault,
}

/// A refusal. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields do not hold what they should. (422)
    #[error("invalid input in {} field(s)", .0.len())]
    Invalid(Vec<FieldFault>),
    /// A rule of the domain says no; the fault names the rule's word key, and the field where
    /// something given is at fault. (409)
    #[error("refused by rule {}", .0.key)]
    Rule(Fault),
    /// Unknown, or not to be known by this actor. (404)
    #[error("not found")]
    NotFound,
    /// The address exists, but not for this method. (405)
    #[error("wrong method")]
    Method,
    /// Known to the actor, but not theirs to do. (403)
    #[error("not allowed")]
    Forbidden,
    /// Somebody changed it meanwhile: the current version. (409)
    #[error("changed meanwhile, now version {current}")]
    Stale { current: i64 },
    /// The receipt was used for something else. (422)
    #[error("receipt used for another act")]
    ReceiptReused,
    /// Not signed in, or no longer. (401)
    #[error("not signed in")]
    SignIn,
    /// Theirs to do, once they prove again who they are. (403)
    #[error("a fresh proof is wanted")]
    Prove,
    /// Too often. (429)
    #[error("too many attempts")]
    TooMany { retry_after_seconds: u32 },
    /// The bytes are not what they claim to be. (415)
    #[error("unsupported media")]
    Unsupported(Fault),
    /// The store refused or failed. (503 when busy, 507 when full, 500 otherwise)
    #[error(transparent)]
    Db(#[from] db::Error),
    /// A defect of ours. (500)
    #[error("defect: {0}")]
    Defect(String),
}

impl From<vault::VaultError> for Refusal {
    /// Keys that are not there or do not fit are ours to repair: nobody else can do anything.
    fn from(error: vault::VaultError) -> Refusal {
        match error {
            vault::VaultError::Db(error) => Refusal::Db(error),
            vault::VaultError::Master(_)
            | vault::VaultError::WrongMaster { .. }
            | vault::VaultError::NoVault
            | vault::VaultError::NoKeys(_)
            | vault::VaultError::Unreadable { .. }
            | vault::VaultError::TooLong { .. } => Refusal::Defect(error.to_string()),
        }
    }
}

impl Refusal {
    /// One field's fault.
    pub fn field(field: impl Into<String>, fault: Fault) -> Refusal {
        Refusal::Invalid(vec![FieldFault { field: field.into(), fault }])
    }

    /// A rule without arguments.
    pub fn rule(key: &'static str) -> Refusal {
        Refusal::Rule(Fault::new(key))
    }

    /// What is wrong with which field, for a form or a problem that shows it there.
    pub fn field_faults(&self) -> Vec<FieldFault> {
        match self {
            Refusal::Invalid(faults) => faults.clone(),
            Refusal::Rule(fault) | Refusal::Unsupported(fault) => {
                let field = fault.field.as_deref();
                let named =
                    |field: &str| FieldFault { field: field.to_owned(), fault: fault.clone() };
                field.map(named).into_iter().collect()
            }
            Refusal::NotFound
            | Refusal::Method
            | Refusal::Forbidden
            | Refusal::Stale { .. }
            | Refusal::ReceiptReused
            | Refusal::SignIn
            | Refusal::Prove
            | Refusal::TooMany { .. }
            | Refusal::Db(_)
            | Refusal::Defect(_) => Vec::new(),
        }
    }

    /// The same refusal with other names for its fields.
    #[must_use]
    pub fn renamed(self, rename: impl Fn(&str) -> String) -> Refusal {
        match self {
            Refusal::Invalid(mut faults) => {
                for one in &mut faults {
                    one.field = rename(&one.field);
                }
                Refusal::Invalid(faults)
            }
            Refusal::Rule(mut fault) => {
                fault.field = fault.field.map(|field| rename(&field).into());
                Refusal::Rule(fault)
            }
            other => other,
        }
    }

    /// The class for metrics and logs: never a person's data.
    pub fn class(&self) -> &'static str {
        match self {
            Refusal::Invalid(_) => "invalid",
            Refusal::Rule(_) => "rule",
            Refusal::NotFound => "not_found",
            Refusal::Method => "method",
            Refusal::Forbidden => "forbidden",
            Refusal::Stale { .. } => "stale",
            Refusal::ReceiptReused => "receipt_reused",
            Refusal::SignIn => "sign_in",
            Refusal::Prove => "prove",
            Refusal::TooMany { .. } => "too_many",
            Refusal::Unsupported(_) => "unsupported",
            Refusal::Db(db::Error::Overloaded) => "overloaded",
            Refusal::Db(_) => "database",
            Refusal::Defect(_) => "defect",
        }
    }
}

impl db::Retry for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Refusal::Db(error) if error.is_retryable())
    }
}
