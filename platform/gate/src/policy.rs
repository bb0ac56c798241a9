//! Who may do what: Cedar policies gathered from the capabilities, one set per action.
//!
//! The schema is derived from the actions the capabilities declare, so a policy that names an
//! unknown action, resource or attribute stops the program at start-up. Because [`Facts`] hold
//! relations and states and nothing else, a decision depends only on (action, roles, facts) and
//! is remembered; facts and roles are loaded afresh every time, so nothing revoked lingers.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet,
    Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::{Actor, Facts};

/// An action or view as the policy knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    pub name: &'static str,
    pub resource: &'static str,
}

/// The policies are not what they must be. Raised at start-up only.
#[derive(Debug, thiserror::Error)]
#[error("policy of {module}: {problem}")]
pub struct PolicyError {
    pub module: String,
    pub problem: String,
}

/// Decisions kept at most; past this the memory is emptied. Distinct decisions are few (roles ×
/// states × relations), so reaching it means facts hold something they must not.
const REMEMBERED_MAX: usize = 100_000;

type Question = (&'static str, Vec<&'static str>, Vec<&'static str>, &'static str);

/// The policy of the whole program.
pub struct Policy {
    by_action: HashMap<&'static str, (Declared, PolicySet)>,
    authorizer: Authorizer,
    remembered: RwLock<HashMap<Question, bool>>,
}

impl Policy {
    /// Reads and validates the policy texts of all capabilities against the declared actions.
    ///
    /// # Errors
    /// A text that does not parse, a policy without exact actions, one that the schema refuses,
    /// or a declared action that no policy ever permits.
    pub fn new(declared: &[Declared], texts: &[(&str, &str)]) -> Result<Policy, PolicyError> {
        let declared: BTreeSet<Declared> = declared.iter().copied().collect();
        let schema = schema(&declared)?;
        let validator = Validator::new(schema);
        let mut by_action: HashMap<&'static str, (Declared, PolicySet)> =
            declared.iter().map(|one| (one.name, (*one, PolicySet::new()))).collect();
        for (module, text) in texts {
            let fail = |problem: String| PolicyError { module: (*module).to_owned(), problem };
            let set = PolicySet::from_str(text).map_err(|error| fail(error.to_string()))?;
            let verdict = validator.validate(&set, ValidationMode::Strict);
            if let Some(error) = verdict.validation_errors().next() {
                return Err(fail(error.to_string()));
            }
            for (number, policy) in set.policies().enumerate() {
                let actions = match policy.action_constraint() {
                    ActionConstraint::Eq(action) => vec![action],
                    ActionConstraint::In(actions) => actions,
                    ActionConstraint::Any => {
                        declared.iter().map(|one| uid("Action", one.name)).collect()
                    }
                };
                for action in actions {
                    let name: &str = action.id().as_ref();
                    let Some((_, set)) = by_action.get_mut(name) else {
                        return Err(fail(format!("unknown action {name}")));
                    };
                    let id = cedar_policy::PolicyId::new(format!("{module}-{number}"));
                    set.add(policy.new_id(id)).map_err(|error| fail(error.to_string()))?;
                }
            }
        }
        for (declared, set) in by_action.values() {
            let permitted =
                set.policies().any(|policy| policy.effect() == cedar_policy::Effect::Permit);
            if !permitted {
                return Err(PolicyError {
                    module: declared.resource.to_owned(),
                    problem: format!("no policy ever permits {}", declared.name),
                });
            }
        }
        let remembered = RwLock::new(HashMap::new());
        Ok(Policy { by_action, authorizer: Authorizer::new(), remembered })
    }

    /// May this actor do this to a thing they stand to in this way? Unknown actions: no.
    pub fn allows(&self, actor: &Actor, action: &'static str, facts: &Facts) -> bool {
        self.decides(&actor.roles, action, facts)
    }

    /// The same for bare roles, for the permission table.
    pub fn decides(&self, roles: &[&'static str], action: &'static str, facts: &Facts) -> bool {
        let question = (action, roles.to_vec(), facts.stands.clone(), facts.state);
        let known = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(&question) {
            return *answer;
        }
        drop(known);
        let answer = self.ask_cedar(&question);
        let mut known = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(question, answer);
        answer
    }

    /// All actions the policy knows, sorted by name.
    pub fn actions(&self) -> Vec<Declared> {
        let mut actions: Vec<Declared> = self.by_action.values().map(|(one, _)| *one).collect();
        actions.sort();
        actions
    }

    fn ask_cedar(&self, (action, roles, stands, state): &Question) -> bool {
        let Some((declared, set)) = self.by_action.get(action) else {
            return false;
        };
        let words = |list: &[&str]| {
            RestrictedExpression::new_set(
                list.iter().map(|word| RestrictedExpression::new_string((*word).to_owned())),
            )
        };
        let principal = uid("Actor", "actor");
        let resource = uid(declared.resource, "resource");
        let entity = |uid: &EntityUid, attributes: Vec<(&str, RestrictedExpression)>| {
            let attributes =
                attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Entity::new(uid.clone(), attributes, Default::default()).ok()
        };
        let about_actor = entity(&principal, vec![("roles", words(roles))]);
        let state = RestrictedExpression::new_string((*state).to_owned());
        let about_resource = entity(&resource, vec![("stands", words(stands)), ("state", state)]);
        let (Some(about_actor), Some(about_resource)) = (about_actor, about_resource) else {
            return false;
        };
        let Ok(entities) = Entities::from_entities([about_actor, about_resource], None) else {
            return false;
        };
        let action = uid("Action", action);
        let Ok(request) = Request::new(principal, action, resource, Context::empty(), None) else {
            return false;
        };
        let response = self.authorizer.is_authorized(&request, set, &entities);
        // A policy that errs is a policy that does not permit: fail closed.
        response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
    }
}

/// The schema: actors have roles; things have relations to the actor and a state.
fn schema(declared: &BTreeSet<Declared>) -> Result<Schema, PolicyError> {
    let mut text = String::from("entity Actor = { roles: Set<String> };\n");
    let resources: BTreeSet<&str> = declared.iter().map(|one| one.resource).collect();
    for resource in resources {
        text += &format!("entity {resource} = {{ stands: Set<String>, state: String }};\n");
    }
    for one in declared {
        text += &format!(
            "action \"{}\" appliesTo {{ principal: Actor, resource: {} }};\n",
            one.name, one.resource
        );
    }
    Schema::from_cedarschema_str(&text)
        .map(|(schema, _)| schema)
        .map_err(|error| PolicyError { module: "schema".to_owned(), problem: error.to_string() })
}

fn uid(kind: &str, id: &str) -> EntityUid {
    let kind = cedar_policy::EntityTypeName::from_str(kind);
    // Kinds are string constants of this program, checked when the schema was built from them.
    let kind = kind.expect("a resource kind is a Cedar identifier");
    EntityUid::from_type_name_and_id(kind, cedar_policy::EntityId::new(id))
}
