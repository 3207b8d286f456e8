use super::{pool, stdout};
use hatchery_pool::Error;
use std::time::Duration;

#[test]
fn a_hook_that_refuses_or_panics_takes_no_slot_with_it() {
    let pool = pool()
        .max_size(1)
        .on_lease(|lessee, sandbox| match lessee.tenant {
            "refused" => Err("not you".into()),
            "panics" => panic!("in a hook"),
            _ => Ok(sandbox.execute("greeting = 'hello'").map(drop)?),
        })
        .on_return(|lessee, _, usage| {
            let tenant = lessee.tenant;
            assert_ne!(tenant, "panics on return");
            assert!(usage.runs > 0 || tenant == "refused" || tenant == "panics");
            Ok(())
        })
        .build()
        .unwrap();
    for _ in 0..3 {
        for tenant in ["refused", "panics"] {
            let refused = pool.get_blocking(tenant);
            assert!(
                matches!(
                    refused,
                    Err(Error::Hook {
                        hook: "on_lease",
                        ..
                    })
                ),
                "{refused:?}"
            );
        }
        drop(pool.get_blocking("panics on return").unwrap());
        let mut lease = pool.get_blocking("ana").unwrap();
        assert_eq!(stdout(&mut lease, "print(greeting)"), "hello\n");
    }
    assert_eq!(
        pool.status().quarantined,
        3,
        "those that panicked on return"
    );
}

#[tokio::test]
async fn a_hook_that_is_awaited_is_a_part_of_the_lease() {
    let pool = pool()
        .max_size(1)
        .acquire_timeout(Duration::from_millis(200))
        .on_lease_async(|lessee, sandbox| {
            Box::pin(async move {
                match lessee.tenant {
                    "refused" => return Err("not you".into()),
                    "panics" => std::panic::resume_unwind(Box::new("in a hook")),
                    "late" => tokio::time::sleep(Duration::from_secs(60)).await,
                    tenant => {
                        let program = format!("tenant = {tenant:?}");
                        sandbox.execute(program).await?;
                    }
                }
                Ok(())
            })
        })
        .build()
        .unwrap();
    for _ in 0..3 {
        for tenant in ["refused", "panics"] {
            let refused = pool.get(tenant).await;
            assert!(matches!(refused, Err(Error::Hook { .. })), "{refused:?}");
            let refused = pool.session(tenant, "s").await;
            assert!(matches!(refused, Err(Error::Hook { .. })), "{refused:?}");
        }
        let late = pool.get("late").await;
        assert!(matches!(late, Err(Error::Timeout { .. })), "{late:?}");
        let mut lease = pool.get("ana").await.unwrap();
        assert_eq!(lease.eval::<String>("tenant").await.unwrap().value, "ana");
        drop(lease);
        let mut session = pool.session("ben", "s").await.unwrap();
        assert_eq!(session.eval::<String>("tenant").await.unwrap().value, "ben");
    }
    assert_eq!((pool.status().leased, pool.status().quarantined), (0, 0));
}
