//! How wrapped keys are kept: named statements and nothing else.

db::sql! { module "vault";
    COMMUNITY_KEYS = "select version, master, wrapped from vault_community_keys \
                      where community_id = $1 order by version";
    INDEX_KEYS = "select version, master, wrapped from vault_index_keys \
                  where community_id = $1 order by version desc limit 1";
    COMMUNITY_KEY_ADD = "insert into vault_community_keys (community_id, version, master, \
                         wrapped) values ($1,$2,$3,$4) on conflict do nothing";
    INDEX_KEY_ADD = "insert into vault_index_keys (community_id, version, master, wrapped) \
                     values ($1,$2,$3,$4) on conflict do nothing";
    COMMUNITY_KEY_SET = "update vault_community_keys set master = $4, wrapped = $5 \
                         where community_id = $1 and version = $2 and master = $3";
    INDEX_KEY_SET = "update vault_index_keys set master = $4, wrapped = $5 \
                     where community_id = $1 and version = $2 and master = $3";
    COMMUNITY_KEY_DROP = "delete from vault_community_keys \
                          where community_id = $1 and version = $2 and not exists \
                          (select 1 from vault_subject_keys s where s.community_id = $1 \
                           and s.under_version = $2)";
    COMMUNITY_KEYS_UNDER = "select community_id, version, wrapped from vault_community_keys \
                            where master = $1 order by community_id, version limit $2";
    INDEX_KEYS_UNDER = "select community_id, version, wrapped from vault_index_keys \
                        where master = $1 order by community_id, version limit $2";
    MASTERS = "select master from vault_community_keys union select master from vault_index_keys";
    COMMUNITIES = "select distinct community_id from vault_index_keys order by community_id";
    SUBJECT_KEY = "select wrapped from vault_subject_keys \
                   where community_id = $1 and subject_id = $2";
    SUBJECT_KEY_ADD = "insert into vault_subject_keys (community_id, subject_id, under_version, \
                       wrapped) values ($1,$2,$3,$4)";
    SUBJECT_KEY_SET = "update vault_subject_keys set under_version = $4, wrapped = $5 \
                       where community_id = $1 and subject_id = $2 and under_version = $3";
    SUBJECT_KEY_DESTROY = "update vault_subject_keys set under_version = null, wrapped = null, \
                           destroyed_at = $3 where community_id = $1 and subject_id = $2 \
                           and wrapped is not null";
    SUBJECTS_NOT_UNDER = "select subject_id, under_version, wrapped from vault_subject_keys \
                          where community_id = $1 and under_version < $2 \
                          order by under_version, subject_id limit $3";
    SUBJECTS_COUNT = "select count(*) filter (where under_version = $2), \
                      count(*) filter (where under_version < $2), \
                      count(*) filter (where wrapped is null) \
                      from vault_subject_keys where community_id = $1";
}
