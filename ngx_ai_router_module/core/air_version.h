
/*
 * The version, once: the command, the status page and the build-info metric
 * read it here.
 */

#ifndef _AIR_VERSION_H_INCLUDED_
#define _AIR_VERSION_H_INCLUDED_


#define AIR_VERSION  "0.1.0"


#endif /* _AIR_VERSION_H_INCLUDED_ */
