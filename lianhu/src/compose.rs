//! Puts the modules together. Adding a capability is one line here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::journal::{PublicKey, SigningKey};
use anyhow::{Context, Result, anyhow};
use db::{Config, Db, Url};
use gate::Chance;
use gate::seal::Sealer;
use kernel::{CommunityId, Fault, SystemClock};
use web::words::{Catalogue, Lang};
use web::{Home, House, Module, Plan};

use crate::Where;

/// Every capability, lower ones first.
pub static MODULES: &[&Module] =
    &[&registry::MODULE, &access::MODULE, &requests::MODULE, &liaisons::MODULE, &privacy::MODULE];

/// The journal's signing key beside the data, readable by its owner alone.
const JOURNAL_KEY: &str = "journal.key";

/// The public keys that checkpoints were ever signed with, one a line, the present one last.
const JOURNAL_KEYS: &str = "journal.pub";

/// A line in the file `deployment` names this installation in checkpoints.
const DEPLOYMENT: &str = "deployment";

impl Where {
    pub fn url(&self) -> Result<Url> {
        match &self.database {
            Some(url) => url.parse().with_context(|| "--database is no postgres:// address"),
            None => Ok(Url::Sqlite(self.data.join("lianhu.db"))),
        }
    }

    /// Makes the data directory, for its owner alone.
    pub fn prepare(&self) -> Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.data)
            .with_context(|| format!("cannot make the data directory {}", self.data.display()))
    }

    /// Opens and migrates the database, and attaches the vault. `exclusive` for the server itself.
    pub fn open(&self, exclusive: bool) -> Result<Db> {
        let db = self.open_locked(exclusive)?;
        self.unlock(&db)?;
        Ok(db)
    }

    /// The same without the master key: for what reads and writes no sealed field.
    pub fn open_locked(&self, exclusive: bool) -> Result<Db> {
        self.open_with(Config { exclusive, ..Config::new(self.url()?) })
    }

    fn open_with(&self, config: Config) -> Result<Db> {
        self.prepare()?;
        let db = Db::open(&config).context("cannot open the database")?;
        db.migrate(&web::house::migrations(MODULES)).context("cannot bring the data up to date")?;
        Ok(db)
    }

    /// The same for commands beside or without a server: no database is made where none is, and no
    /// vault is attached.
    pub fn open_existing(&self) -> Result<Db> {
        let usual = Config::new(self.url()?).time_limit;
        self.open_existing_for(usual)
    }

    /// The same for a command whose one transaction may take so long.
    pub fn open_existing_for(&self, time_limit: Duration) -> Result<Db> {
        if let Url::Sqlite(path) = self.url()? {
            let missing = "there is no community here yet: run `lianhu init --name NAME` first";
            anyhow::ensure!(path.exists(), "{missing} (looked for {})", path.display());
        }
        self.open_with(Config { time_limit, ..Config::new(self.url()?) })
    }

    /// The sealer with this installation's key; the very first one makes it.
    pub fn sealer(&self) -> Result<Sealer> {
        let (path, known) = (self.data.join(JOURNAL_KEY), self.journal_keys()?);
        anyhow::ensure!(
            known.is_empty() || path.exists(),
            "the journal's signing key {} is missing: bring it back from the old machine or from \
             an encrypted backup; `lianhu journal new-key` begins a new one if it is lost for good",
            path.display()
        );
        let key = self.signing_key(&path, &known)?;
        Ok(Sealer::new(key, &known, &self.deployment()?))
    }

    /// Every key that checkpoints of this installation may be signed with.
    pub fn journal_keys(&self) -> Result<Vec<PublicKey>> {
        let path = self.data.join(JOURNAL_KEYS);
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(Vec::new()) };
        let keys = text.lines().map(str::parse).collect::<Result<_, _>>();
        keys.with_context(|| format!("{} holds no keys", path.display()))
    }

    /// Begins a new signing key after the former one was lost.
    pub fn new_journal_key(&self) -> Result<PublicKey> {
        let path = self.data.join(JOURNAL_KEY);
        anyhow::ensure!(!path.exists(), "there is a signing key: {}", path.display());
        Ok(self.signing_key(&path, &self.journal_keys()?)?.public())
    }

    /// Reads or makes the signing key, and keeps its public half among the known ones.
    fn signing_key(&self, path: &Path, known: &[PublicKey]) -> Result<SigningKey> {
        let key = SigningKey::load_or_create(path)
            .with_context(|| format!("the journal's key {}", path.display()))?;
        let public = key.public();
        if !known.contains(&public) {
            let lines = known.iter().chain([&public]).map(|key| format!("{key}\n"));
            let path = self.data.join(JOURNAL_KEYS);
            std::fs::write(&path, lines.collect::<String>())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(key)
    }

    pub fn deployment(&self) -> Result<String> {
        deployment(&self.data)
    }
}

/// What is wrong with a value that was typed at the machine, in words.
pub fn told(fault: &Fault) -> anyhow::Error {
    match words() {
        Ok(words) => anyhow!("{}", words.fault(Lang::En, fault)),
        Err(error) => error,
    }
}

/// All words of the program.
pub fn words() -> Result<Catalogue> {
    let sources = MODULES.iter().map(|module| module.words);
    let sources: Vec<_> = std::iter::once(web::WORDS).chain(sources).collect();
    Ok(Catalogue::new(&sources)?)
}

/// The installation's own name: random, made once.
fn deployment(data: &Path) -> Result<String> {
    let path = data.join(DEPLOYMENT);
    if let Ok(name) = std::fs::read_to_string(&path) {
        return Ok(name.trim().to_owned());
    }
    let bytes: [u8; 6] = Chance::system().bytes();
    let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&path, &name).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(name)
}

/// What differs from one way of serving to another.
#[derive(Default)]
pub struct Edge {
    /// Callers come through a proxy of ours, which appends their address to `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Role and sign-in link, shown on a demo's first page.
    pub demo_links: Vec<(String, String)>,
}

/// The house on an opened database.
pub fn house(db: Db, edge: Edge) -> Result<House> {
    let home = home(&db)?;
    let metrics = web::house::install_metrics().context("metrics")?;
    let house = House::build(Plan {
        modules: MODULES,
        db,
        identify: Arc::new(access::Access),
        clock: Arc::new(SystemClock::default()),
        chance: Chance::system(),
        home,
        behind_proxy: edge.behind_proxy,
        demo_links: edge.demo_links,
        metrics,
    });
    house.context("the program's parts do not fit together")
}

/// The first community, whose pages open to those who are not signed in.
pub fn home(db: &Db) -> Result<Option<Home>> {
    let first = db.read_blocking(registry::communities::first)?;
    Ok(first.map(|community| Home {
        community: community.id,
        name: community.name,
        phone: community.phone,
    }))
}

/// The first community, or a sentence on what to do.
pub fn only_community(db: &Db) -> Result<CommunityId> {
    let home = home(db)?;
    let home = home.context("there is no community yet: run `lianhu init` or `lianhu serve`")?;
    Ok(home.community)
}
