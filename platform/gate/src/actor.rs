//! Who acts: the actor, what they hold in their hand, and how the one becomes the other.

use std::sync::Arc;

use db::Tx;
use kernel::{AccountId, CommunityId, Instant};
use uuid::Uuid;

use crate::{FRESH_FOR, Refusal};

/// Someone for the length of one action or look. Made afresh inside each transaction, so a
/// revoked right is refused by the very next request.
#[derive(Debug, Clone)]
pub struct Actor {
    pub community: CommunityId,
    pub origin: Origin,
    /// Role names of the policy, sorted.
    pub roles: Vec<&'static str>,
    /// The registered person behind the account, where there is one.
    pub person: Option<Uuid>,
    /// Grids the actor heads.
    pub grids: Vec<Uuid>,
    /// How colleagues and residents call them.
    pub name: String,
    /// The moment of the action or look: rights that hold for a time hold as of now.
    pub at: Instant,
    /// The session they act under, by its secret's hash; none for jobs and query codes.
    pub session: Option<[u8; 32]>,
    /// When they last proved under this session who they are. None where nobody is there to be
    /// asked: programs with a token, jobs, query codes.
    pub proved_at: Option<Instant>,
    /// Nobody was seen under this session for a while: [`Identify::renew`] puts off its idle end.
    pub renews: bool,
}

/// Where an act comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A signed-in account.
    Account(AccountId),
    /// Someone holding the query code of one object, without an account.
    Code(Uuid),
    /// The program's own jobs and set-up.
    System,
    /// Nobody is known.
    Nobody,
}

impl Origin {
    /// The word kept in the event row.
    pub fn word(self) -> &'static str {
        match self {
            Origin::Account(_) => "account",
            Origin::Code(_) => "code",
            Origin::System => "system",
            Origin::Nobody => "nobody",
        }
    }

    /// The id kept in the event row.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Origin::Account(id) => Some(id.uuid()),
            Origin::Code(object) => Some(object),
            Origin::System | Origin::Nobody => None,
        }
    }
}

impl Actor {
    /// The program itself, for jobs and set-up. Holds the role `system` and no other.
    pub fn system(community: CommunityId) -> Actor {
        Actor {
            community,
            origin: Origin::System,
            roles: vec!["system"],
            person: None,
            grids: Vec::new(),
            name: String::new(),
            at: Instant::MIN,
            session: None,
            proved_at: None,
            renews: false,
        }
    }

    /// Somebody unknown: may do only what the policy allows to `anyone`.
    pub fn nobody(community: CommunityId) -> Actor {
        Actor { origin: Origin::Nobody, roles: vec!["anyone"], ..Actor::system(community) }
    }

    pub fn has(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }

    /// Whether an act that wants a fresh proof must ask for one first.
    pub fn must_prove(&self) -> bool {
        self.proved_at.is_some_and(|proved_at| self.at >= proved_at.plus(FRESH_FOR))
    }

    pub fn account(&self) -> Option<AccountId> {
        match self.origin {
            Origin::Account(id) => Some(id),
            Origin::Code(_) | Origin::System | Origin::Nobody => None,
        }
    }
}

/// What a caller holds in hand. Secrets are already hashed at the edge.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A browser's session or an API token: the hash of the secret.
    Secret { community: CommunityId, hash: [u8; 32] },
    /// The query code of a request, hashed.
    Code { community: CommunityId, hash: [u8; 32] },
    /// The program's own.
    System(CommunityId),
    /// Nothing at all.
    Nothing(CommunityId),
}

impl Credential {
    pub fn community(&self) -> CommunityId {
        match self {
            Credential::Secret { community, .. }
            | Credential::Code { community, .. }
            | Credential::System(community)
            | Credential::Nothing(community) => *community,
        }
    }
}

/// Turns a credential into an actor, inside the transaction that will use it.
/// `access` implements it; the gate knows no table of accounts.
pub trait Identify: Send + Sync {
    /// # Errors
    /// [`Refusal::SignIn`] when the credential is unknown, revoked or over.
    fn identify(
        &self,
        tx: &mut Tx<'_>,
        credential: &Credential,
        now: Instant,
    ) -> Result<Actor, Refusal>;

    /// Remembers that somebody was seen under this credential's session. Asked for only when the
    /// actor `renews`, so that not every request writes.
    ///
    /// # Errors
    /// Those of the database.
    fn renew(
        &self,
        _tx: &mut Tx<'_>,
        _credential: &Credential,
        _now: Instant,
    ) -> Result<(), Refusal> {
        Ok(())
    }
}

/// The source of randomness, a parameter so that a simulated community replays byte for byte.
#[derive(Clone)]
pub struct Chance(Arc<Fill>);

/// Fills a buffer with random bytes.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Chance {
    /// The operating system's.
    pub fn system() -> Chance {
        // A machine without randomness cannot make keys or ids: stopping is the only safe answer.
        Chance(Arc::new(|bytes| getrandom::fill(bytes).expect("the system gives random bytes")))
    }

    /// From a given function, for tests and the simulation.
    pub fn from(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Chance {
        Chance(Arc::new(fill))
    }

    /// Fills a buffer.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A time-ordered id (UUIDv7) for something that begins `now`.
    pub fn id(&self, now: Instant) -> Uuid {
        kernel::uuid_v7(now, self.bytes())
    }
}
