/// Room for the texts of one entry: names, paths, members of a group. A larger group is not found.
const ROOM: usize = 64 << 10;

/// Whether the system has a user of that id: `pwd.getpwuid`.
pub fn user_exists(id: u32) -> bool {
    let mut room = vec![0; ROOM];
    // SAFETY: `passwd` is plain integers and pointers, for which all zeroes is a valid value.
    let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are to live values of the right types, and the length is that of `room`.
    // What `entry` points to in `room` is not looked at.
    let error = unsafe {
        libc::getpwuid_r(id, &raw mut entry, room.as_mut_ptr(), room.len(), &raw mut found)
    };
    error == 0 && !found.is_null()
}

/// Whether the system has a group of that id: `grp.getgrgid`.
pub fn group_exists(id: u32) -> bool {
    let mut room = vec![0; ROOM];
    // SAFETY: as in `user_exists`, for `group`.
    let mut entry: libc::group = unsafe { std::mem::zeroed() };
    let mut found = std::ptr::null_mut();
    // SAFETY: as in `user_exists`.
    let error = unsafe {
        libc::getgrgid_r(id, &raw mut entry, room.as_mut_ptr(), room.len(), &raw mut found)
    };
    error == 0 && !found.is_null()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_system() {
        assert!(user_exists(0) && group_exists(0));
        assert!(!user_exists(4_000_000_123) && !group_exists(4_000_000_123));
    }
}
