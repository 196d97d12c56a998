//! The synthetic identity set: people with their devices, addresses and accounts, what they did, and whose
//! each identifier is. A function of its parameters; needs nothing but the standard library, so that the
//! tests of identity use the same file.

use std::collections::BTreeMap;

/// What can be changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters {
    pub(crate) seed: u64,
    pub(crate) people: u32,
    /// Devices of a person, on average.
    pub(crate) devices: f64,
    /// Share of people with an account.
    pub(crate) accounts: f64,
    /// Share of people who live in households with a device that all sign in on.
    pub(crate) households: f64,
    /// Share of people who sign in on a tablet that two to six share.
    pub(crate) tablets: f64,
    /// Share of people on whose device somebody else once signed in, and the id was not reset.
    pub(crate) borrowed: f64,
    /// Ids that stand in the code of an app, half of them anonymous, half user ids.
    pub(crate) hard_coded: u32,
    /// People who used each of them.
    pub(crate) hard_coded_people: u32,
    /// Share of people whose phone number was somebody else's before.
    pub(crate) recycled: f64,
    /// Share of devices that nothing ever links with their owner.
    pub(crate) unlinked: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            seed: 1,
            people: 10_000,
            devices: 2.4,
            accounts: 0.8,
            households: 0.06,
            tablets: 0.03,
            borrowed: 0.03,
            hard_coded: 6,
            hard_coded_people: 60,
            recycled: 0.02,
            unlinked: 0.01,
        }
    }
}

/// The type of an identifier, by the name that Gyre has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Type {
    User,
    Email,
    Phone,
    Anonymous,
}

impl Type {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user_id",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Anonymous => "anonymous_id",
        }
    }
}

/// What makes people hard to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slice {
    Ordinary,
    Household,
    SharedTablet,
    LogoutWithoutReset,
    HardCodedId,
    RecycledPhone,
}

impl Slice {
    pub(crate) const ALL: [Self; 6] = [
        Self::Ordinary,
        Self::Household,
        Self::SharedTablet,
        Self::LogoutWithoutReset,
        Self::HardCodedId,
        Self::RecycledPhone,
    ];
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Household => "household",
            Self::SharedTablet => "shared tablet",
            Self::LogoutWithoutReset => "logout without reset",
            Self::HardCodedId => "hard-coded id",
            Self::RecycledPhone => "recycled phone",
        }
    }
}

/// One call of somebody's client, or of the shop's server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// Minutes since the beginning.
    pub(crate) minute: u32,
    /// Whether the shop's own server said it.
    pub(crate) server: bool,
    pub(crate) user: Option<String>,
    pub(crate) anonymous: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
}

/// An identifier and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Identifier {
    pub(crate) kind: Type,
    pub(crate) value: String,
    /// Who used it; nobody in particular where it stands in the code.
    pub(crate) owners: Vec<u32>,
    pub(crate) slices: Vec<Slice>,
}

/// What happened, in order, and the truth about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Set {
    pub(crate) calls: Vec<Call>,
    pub(crate) identifiers: Vec<Identifier>,
}

/// Chance, the same on every machine (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: u32) -> u32 {
        if n == 0 { 0 } else { (self.next() % u64::from(n)) as u32 }
    }
    fn is(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64 / (1u64 << 53) as f64) < share
    }
    fn hex(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }
}

const DAY: u32 = 24 * 60;
const YEAR: u32 = 365 * DAY;

/// Somebody.
#[derive(Debug, Clone, Default)]
struct Person {
    account: Option<String>,
    email: String,
    phone: Option<String>,
    signed_up: u32,
    devices: Vec<String>,
    slices: Vec<Slice>,
}

struct Maker {
    chance: Chance,
    parameters: Parameters,
    people: Vec<Person>,
    calls: Vec<Call>,
    truth: BTreeMap<(Type, String), Vec<u32>>,
}

/// The set of some parameters.
pub(crate) fn make(parameters: Parameters) -> Set {
    let mut maker = Maker {
        chance: Chance(parameters.seed.wrapping_mul(0x2545_f491_4f6c_dd1d)),
        parameters,
        people: Vec::new(),
        calls: Vec::new(),
        truth: BTreeMap::new(),
    };
    for number in 0..parameters.people {
        maker.person(number);
    }
    maker.shared(parameters.households, Slice::Household, 4);
    maker.shared(parameters.tablets, Slice::SharedTablet, 6);
    maker.borrowed();
    maker.recycled();
    maker.hard_coded();
    maker.finish()
}

impl Maker {
    fn owns(&mut self, kind: Type, value: &str, owner: u32) {
        let owners = self.truth.entry((kind, value.to_owned())).or_default();
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }

    fn call(&mut self, minute: u32, server: bool, ids: [Option<&str>; 4]) {
        let [user, anonymous, email, phone] = ids.map(|id| id.map(str::to_owned));
        self.calls.push(Call { minute, server, user, anonymous, email, phone });
    }

    /// Somebody with what is their own.
    fn person(&mut self, number: u32) {
        let account = self.chance.is(self.parameters.accounts);
        let mut person = Person {
            account: account.then(|| format!("u-{number}")),
            email: format!("person{number}@mail{}.example", number % 7),
            phone: self.chance.is(0.6).then(|| format!("+49151{number:08}")),
            signed_up: self.chance.below(YEAR * 3 / 4),
            ..Person::default()
        };
        self.owns(Type::Email, &person.email, number);
        if let Some(user) = person.account.clone() {
            self.owns(Type::User, &user, number);
            if let Some(phone) = &person.phone {
                self.owns(Type::Phone, phone, number);
            }
            let (email, phone) = (person.email.clone(), person.phone.clone());
            self.call(person.signed_up, true, [Some(&user), None, Some(&email), phone.as_deref()]);
            if self.chance.is(0.15) {
                // Another address, given later while signed in.
                let second = format!("other{number}@mail.example");
                let later = person.signed_up + self.chance.below(YEAR - person.signed_up);
                self.owns(Type::Email, &second, number);
                let server = self.chance.is(0.5);
                self.call(later, server, [Some(&user), None, Some(&second), None]);
            }
        }
        let more = self.parameters.devices - 1.0;
        let mut devices = 1;
        while devices < 12 && self.chance.is(more / (more + 1.0)) {
            devices += 1;
        }
        for _ in 0..devices {
            self.device(&mut person, number);
        }
        self.people.push(person);
    }

    /// A device of somebody: looked around on, then signed in on, or an address typed.
    fn device(&mut self, person: &mut Person, number: u32) {
        let id = self.chance.hex();
        let first = self.chance.below(YEAR - DAY);
        self.owns(Type::Anonymous, &id, number);
        self.call(first, false, [None, Some(&id), None, None]);
        let linked = !self.chance.is(self.parameters.unlinked);
        let later = first.max(person.signed_up) + 1 + self.chance.below(5 * DAY);
        let typed = person.account.is_none() || self.chance.is(0.1);
        let email = person.email.clone();
        if linked && typed {
            let minute = first + 1 + self.chance.below(DAY);
            self.call(minute, false, [None, Some(&id), Some(&email), None]);
        }
        if let Some(user) = person.account.clone()
            && linked
        {
            let email = self.chance.is(0.5).then_some(email);
            self.call(later, false, [Some(&user), Some(&id), email.as_deref(), None]);
            let again = later + 1 + self.chance.below(DAY);
            self.call(again, false, [Some(&user), Some(&id), None, None]);
        }
        person.devices.push(id);
    }

    /// People with an account to whom nothing hard has happened yet.
    fn plain(&mut self, share: f64) -> Vec<u32> {
        let wanted = (f64::from(self.parameters.people) * share) as usize;
        let mut plain = Vec::new();
        let mut number = self.chance.below(self.parameters.people.max(1));
        for _ in 0..self.parameters.people {
            if plain.len() >= wanted {
                break;
            }
            // A step without a common factor with most numbers goes round everybody.
            number = (number + 7_919) % self.parameters.people;
            let person = &self.people[number as usize];
            if person.account.is_some() && person.slices.is_empty() {
                plain.push(number);
            }
        }
        plain.sort_unstable();
        plain.dedup();
        plain
    }

    fn mark(&mut self, number: u32, slice: Slice) {
        self.people[number as usize].slices.push(slice);
    }

    /// A device that several sign in on, one after another, again and again; in a household also one
    /// number, and now and then one address.
    fn shared(&mut self, share: f64, slice: Slice, most: u32) {
        let mut left = self.plain(share);
        while left.len() > 1 {
            let size = (2 + self.chance.below(most - 1)).min(left.len() as u32) as usize;
            let members: Vec<u32> = left.drain(..size).collect();
            let id = self.chance.hex();
            let home = slice == Slice::Household;
            let landline = (home && self.chance.is(0.5)).then(|| format!("+4930{:08}", members[0]));
            let address =
                (home && self.chance.is(0.2)).then(|| format!("family{}@mail.example", members[0]));
            let begin = self.chance.below(YEAR / 2);
            self.call(begin, false, [None, Some(&id), None, None]);
            for &member in &members {
                self.mark(member, slice);
                self.owns(Type::Anonymous, &id, member);
                let user = self.people[member as usize].account.clone();
                let signed_up = self.people[member as usize].signed_up;
                let from = signed_up.max(begin);
                for _ in 0..=self.chance.below(4) {
                    let minute = from + 1 + self.chance.below(YEAR - from);
                    self.call(minute, false, [user.as_deref(), Some(&id), None, None]);
                }
                let said = from + 2 + self.chance.below(30 * DAY);
                if let Some(phone) = &landline {
                    self.owns(Type::Phone, phone, member);
                    self.call(said, true, [user.as_deref(), None, None, Some(phone)]);
                }
                if let Some(address) = &address {
                    self.owns(Type::Email, address, member);
                    self.call(said + 1, true, [user.as_deref(), None, Some(address), None]);
                }
            }
            if self.chance.is(0.3) {
                // Somebody of them types an address on it without signing in.
                let who = members[self.chance.below(members.len() as u32) as usize];
                let email = self.people[who as usize].email.clone();
                let minute = begin + self.chance.below(YEAR - begin);
                self.call(minute, false, [None, Some(&id), Some(&email), None]);
            }
        }
    }

    /// Somebody signs in on somebody else's device and goes away; the device keeps its anonymous id.
    fn borrowed(&mut self) {
        let hosts = self.plain(self.parameters.borrowed);
        for host in hosts {
            let guest = self.chance.below(self.parameters.people);
            let Some(user) = self.people[guest as usize].account.clone() else { continue };
            if guest == host || !self.people[guest as usize].slices.is_empty() {
                continue;
            }
            let Some(id) = self.people[host as usize].devices.first().cloned() else { continue };
            self.mark(host, Slice::LogoutWithoutReset);
            self.mark(guest, Slice::LogoutWithoutReset);
            self.owns(Type::Anonymous, &id, guest);
            let from = self.people[guest as usize].signed_up;
            let minute = from + 1 + self.chance.below(YEAR - from);
            if self.chance.is(0.3) {
                let email = self.people[guest as usize].email.clone();
                self.call(minute, false, [None, Some(&id), Some(&email), None]);
            }
            self.call(minute + 1, false, [Some(&user), Some(&id), None, None]);
            // Not reset: the host goes on as the guest for a while, then signs in again.
            self.call(minute + 30, false, [Some(&user), Some(&id), None, None]);
            let own = self.people[host as usize].account.clone();
            self.call(minute + DAY, false, [own.as_deref(), Some(&id), None, None]);
        }
    }

    /// A number that somebody gave up and somebody else was given.
    fn recycled(&mut self) {
        let mut left = self.plain(self.parameters.recycled);
        while left.len() > 1 {
            let (before, after) = (left.remove(0), left.remove(0));
            let number = format!("+49160{before:08}");
            for (who, minute) in [(before, 0), (after, YEAR)] {
                self.mark(who, Slice::RecycledPhone);
                self.owns(Type::Phone, &number, who);
                let user = self.people[who as usize].account.clone();
                let minute = minute.max(self.people[who as usize].signed_up) + 10;
                self.call(minute, true, [user.as_deref(), None, None, Some(&number)]);
            }
        }
    }

    /// An id in the code: for two weeks everybody with that version of an app has it.
    fn hard_coded(&mut self) {
        for number in 0..self.parameters.hard_coded {
            let share =
                f64::from(self.parameters.hard_coded_people) / f64::from(self.parameters.people);
            let anonymous = number.is_multiple_of(2);
            let (kind, value) = if anonymous {
                (Type::Anonymous, format!("app-install-{number}"))
            } else {
                (Type::User, format!("app-user-{number}"))
            };
            self.truth.insert((kind, value.clone()), Vec::new());
            let begin = self.chance.below(YEAR - 30 * DAY);
            for who in self.plain(share) {
                self.mark(who, Slice::HardCodedId);
                let minute = begin + self.chance.below(14 * DAY);
                let person = self.people[who as usize].clone();
                match (anonymous, person.devices.first()) {
                    (true, _) => {
                        let user = person.account.filter(|_| minute > person.signed_up);
                        let email = (user.is_none() && self.chance.is(0.3)).then_some(person.email);
                        let ids = [user.as_deref(), Some(value.as_str()), email.as_deref(), None];
                        self.call(minute, false, ids);
                    }
                    (false, Some(device)) => {
                        self.call(minute, false, [Some(&value), Some(device), None, None]);
                    }
                    (false, None) => {}
                }
            }
        }
    }

    fn finish(mut self) -> Set {
        // Two at the same minute keep the order in which they were made: the sort is stable.
        self.calls.sort_by_key(|call| call.minute);
        let people = &self.people;
        let identifiers = self.truth.into_iter().map(|((kind, value), owners)| {
            let mut slices: Vec<Slice> =
                owners.iter().flat_map(|who| people[*who as usize].slices.clone()).collect();
            if owners.is_empty() {
                slices.push(Slice::HardCodedId);
            }
            slices.sort_unstable();
            slices.dedup();
            if slices.is_empty() {
                slices.push(Slice::Ordinary);
            }
            Identifier { kind, value, owners, slices }
        });
        Set { identifiers: identifiers.collect(), calls: self.calls }
    }
}
