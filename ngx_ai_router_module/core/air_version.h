
/* The version, once: module, command, status and metrics read it. */

#ifndef _AIR_VERSION_H_INCLUDED_
#define _AIR_VERSION_H_INCLUDED_


#define AIR_VERSION  "0.1.0"


#endif /* _AIR_VERSION_H_INCLUDED_ */
