//! Grids and mini-grids (网格, 网小格) by hand: official codes that fit their scheme, what lies in them
//! from a day on, and the cards that are posted of them for everybody.

mod actions;
mod rules;
mod views;

use axum::http::StatusCode;
use web::Routes;

use actions::{CommunityCode, GridAmend, GridDraw, GridEnter, GridPost};
use views::{GridCards, GridList, GridRead};

pub(crate) fn routes(routes: &mut Routes) {
    routes.page::<GridList>("/grids");
    routes.page::<GridRead>("/grids/{grid}");
    routes.page::<GridCards>("/grid-cards");
    routes.act::<CommunityCode>("/grids/community-code", StatusCode::OK);
    routes.form::<CommunityCode, GridList>("/grids/community-code", |_| "/grids".to_owned());
    routes.act::<GridEnter>("/grids", StatusCode::CREATED);
    routes.form::<GridEnter, GridList>("/grids", |done| format!("/grids/{}", done.grid));
    let path = "/grids/{grid}/change";
    routes.act::<GridAmend>(path, StatusCode::OK);
    routes.form::<GridAmend, GridRead>(path, |done| format!("/grids/{}", done.grid));
    let path = "/grids/{grid}/places";
    routes.act::<GridDraw>(path, StatusCode::OK);
    routes.form_told::<GridDraw, GridRead>(
        path,
        |done| format!("/grids/{}", done.grid),
        |done| format!("grid.draw:{}", done.households),
    );
    let path = "/grids/{grid}/card";
    routes.act::<GridPost>(path, StatusCode::OK);
    routes.form::<GridPost, GridRead>(path, |done| format!("/grids/{}", done.grid));
}
