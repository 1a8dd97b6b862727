//! Several instances on one database and one Redis, each behind wires of its own.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::bus_faults::{BusFaults, Rates};
use super::proxy::{Proxy, Wire};
use crate::support::*;

/// Tokens outlive the longest run, and logs say who is in trouble.
const SETTINGS: [(&str, &str); 2] = [("ACCESS_TOKEN_TTL_S", "86400"), ("LOG_FORMAT", "text")];

/// What one instance reaches Redis by.
pub struct Bus {
    pub wire: Proxy,
    pub faults: Arc<BusFaults>,
}

/// A running cluster; all of it ends with the test. Fields are dropped in this order: instances first.
pub struct Cluster {
    pub instances: Vec<Program>,
    pub buses: Vec<Bus>,
    /// What each instance reaches PostgreSQL by.
    pub stores: Vec<Proxy>,
    pub redis: Redis,
    pub database: Database,
    /// Where the test has a server of its own.
    pub postgres: Option<Postgres>,
    pub seed: u64,
}

impl Cluster {
    /// Two instances on the PostgreSQL that all tests share.
    pub async fn start() -> Cluster {
        Cluster::of(2, &[]).await
    }

    pub async fn of(count: usize, overrides: &[(&str, &str)]) -> Cluster {
        Cluster::on(None, Database::fresh(Db::Postgres).await, count, overrides).await
    }

    /// Two instances on a PostgreSQL that the test may stop or freeze.
    pub async fn with_own_postgres() -> Cluster {
        let postgres = Postgres::own().await;
        let database = Database::on(&postgres).await;
        Cluster::on(Some(postgres), database, 2, &[]).await
    }

    async fn on(
        postgres: Option<Postgres>, database: Database, count: usize, overrides: &[(&str, &str)],
    ) -> Cluster {
        let seed = crate::support::seed();
        let mut rng = StdRng::seed_from_u64(seed);
        let redis = Redis::start().await;
        let mut cluster = Cluster {
            instances: Vec::new(),
            buses: Vec::new(),
            stores: Vec::new(),
            redis,
            database,
            postgres,
            seed,
        };
        for number in 0..count {
            cluster.launch(number, rng.random(), overrides).await;
        }
        for instance in &cluster.instances {
            instance.is_ready().await;
        }
        cluster
    }

    async fn launch(&mut self, number: usize, seed: u64, overrides: &[(&str, &str)]) {
        let faults = Arc::new(BusFaults::new(seed));
        let bus = Bus { wire: Proxy::to(self.redis.port, Some(faults.clone())).await, faults };
        let role = self.role(number).await;
        let (place, name) = self.database.url.rsplit_once('/').unwrap();
        let port = place.rsplit_once(':').unwrap().1.parse().unwrap();
        let store = Proxy::to(port, None).await;
        let database_url = format!("postgres://{role}@127.0.0.1:{}/{name}", store.port);
        let redis_url = format!("redis://127.0.0.1:{}", bus.wire.port);
        let mut settings = SETTINGS.to_vec();
        settings.extend([("DATABASE_URL", database_url.as_str()), ("REDIS_URL", redis_url.as_str())]);
        settings.extend(overrides);
        self.instances.push(Program::start_on(&self.database, &settings));
        self.buses.push(bus);
        self.stores.push(store);
    }

    /// A role for one instance, so that PostgreSQL can say whose a session is.
    async fn role(&self, number: usize) -> String {
        let name = self.role_name(number);
        let mut connection = PgConnection::connect(&self.database.url).await.unwrap();
        connection.execute(AssertSqlSafe(format!("create role {name} superuser login"))).await.unwrap();
        connection.close().await.unwrap();
        name
    }

    /// The role of an instance in PostgreSQL.
    pub fn role_name(&self, number: usize) -> String {
        format!("instance_{number}_of_{}", self.database.url.rsplit('/').next().unwrap())
    }

    pub fn own_postgres(&mut self) -> &mut Postgres {
        self.postgres.as_mut().expect("a cluster with its own PostgreSQL")
    }

    /// Spoils what every instance hears.
    pub fn spoil_buses(&self, rates: Rates) {
        self.buses.iter().for_each(|bus| bus.faults.set(rates));
    }

    pub fn set_buses(&self, wire: Wire) {
        self.buses.iter().for_each(|bus| bus.wire.set(wire));
    }

    /// How many messages went over the bus, and to how many something was done.
    pub fn bus_counts(&self) -> (u64, u64) {
        let counts = self.buses.iter().map(|bus| bus.faults.counts());
        counts.fold((0, 0), |(messages, faults), (more, spoilt)| (messages + more, faults + spoilt))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for instance in &self.instances {
                println!("{} said:\n{}", instance.base(), instance.last_words());
            }
        }
    }
}
