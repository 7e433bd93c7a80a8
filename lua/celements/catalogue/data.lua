-- Generated from src/catalogue/elements.tsv by src/catalogue/generate.lua (make catalogue). Never edit it.
-- An element: id|name|hub|auth, then a line for each configuration entry: key|required|type|note|strong.
return {
["FreshBooks Classic"] = [[
172|FreshBooks Classic|finance|oauth1
oauth.api.key|yes|string|placeholder in only payload; element key as printed, doubtful|
oauth.api.secret|yes|string|placeholder in only payload|
FreshBooks Classic.site.address|yes|string|placeholder; key as printed, looks like a rename slip|
]],
["abbyy"] = [[
260|ABBYY||basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["actessentialsoauth"] = [[
1251|Act! Essentials|crm|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["acton"] = [[
45|Act-On||oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["actpremiumcrm"] = [[
1173|Act! Premium CRM||basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
act|yes|string|placeholder in only payload|
database|yes|string|placeholder in only payload|
]],
["acuityscheduling"] = [[
6156|Acuity Scheduling|scheduling|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["adobe-esign"] = [[
426|Adobe Sign|esignature|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
oauth.scope|no|string|literal default in payload|
]],
["amazons3"] = [[
16|Amazon S3 Beta|documents|custom
document.tagging|no|boolean|literal default true|
filemanagement.provider.access_key|yes|string|placeholder in only payload|
filemanagement.provider.secret_key|yes|string|placeholder in only payload|
filemanagement.provider.bucket_name|yes|string|placeholder in only payload|
filemanagement.provider.region_name|no|string|literal default in payload|
]],
["autopilot"] = [[
528|Autopilot||apikey
api.key|yes|string|placeholder in only payload|
]],
["autotaskcrm"] = [[
50|Autotask CRM|crm|basic
crm.autotask.username|yes|string|placeholder in only payload|
crm.autotask.password|yes|password|placeholder in only payload|
crm.autotask.server.url|yes|string|placeholder in only payload|
]],
["autotaskhelpdesk"] = [[
123|Autotask Help Desk|helpdesk|basic
helpdesk.autotask.username|yes|string|placeholder in only payload|
helpdesk.autotask.password|yes|password|placeholder in only payload|
helpdesk.autotask.server.url|yes|string|placeholder in only payload|
]],
["bamboohr"] = [[
6315|BambooHR|humancapital|basic
username|yes|string|placeholder in only payload|
company.name|yes|string|placeholder in only payload|
]],
["base"] = [[
201|Base CRM||oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["bigcommerce"] = [[
274|BigCommerce|ecommerce|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
store.url|yes|string|placeholder in only payload|
]],
["box"] = [[
22|Box|documents|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["brandfolder"] = [[
492|Brandfolder|general|custom
api-token|yes|string|placeholder in only payload|
]],
["brighttalk"] = [[
184|BrightTALK|marketing|custom
brighttalk.api.key|yes|string|placeholder in only payload|
brighttalk.api.secret|yes|string|placeholder in only payload|
brighttalk.isstaging|no|boolean|marked optional|
brighttalk.bulkignore.emailnotpresent|no|boolean|marked optional|
filter.response.nulls|no|boolean|defaults to true|
]],
["bullhorn"] = [[
1702|Bullhorn CRM|crm|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["campaignmonitor"] = [[
3928|Campaign Monitor|marketing|oauth2
authentication.type|yes|string|parameter row, not optional|
username|unknown|string|conditional: basic auth only|
oauth.callback.url|unknown|string|conditional: oauth2 auth only|
oauth.api.key|unknown|string|conditional: oauth2 auth only|
oauth.api.secret|unknown|string|conditional: oauth2 auth only|
filter.response.nulls|no|boolean|defaults to true|
]],
["chargebee"] = [[
451|Chargebee|payment|basic
site|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["chargify"] = [[
525|Chargify|payment|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
site|yes|string|placeholder in only payload|
]],
["ciscospark"] = [[
1832|Cisco Spark|collaboration|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["closeio"] = [[
166|Close.io|crm|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["clover"] = [[
5217|Clover|employee|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
clover.sandbox|no|boolean|default false|
merchantId|yes|string|placeholder in only payload|
]],
["concur"] = [[
3129|Concur Beta|expense|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
event.notification.enabled|no|boolean|event setting|
event.vendor.type|no|string|event setting|
event.notification.callback.url|no|string|event setting|
event.notification.signature.key|no|string|event setting|
event.poller.refresh_interval|no|number|event setting|
]],
["connectwisecrm"] = [[
198|ConnectWise CRM||custom
helpdesk.connectwise.username|yes|string|placeholder in only payload|
helpdesk.connectwise.password|yes|password|placeholder in only payload|
helpdesk.connectwise.server.url|yes|string|placeholder in only payload|
helpdesk.connectwise.company|yes|string|placeholder in only payload|
helpdesk.connectwise.wsdl.path|unknown|string|parameter row and response only|
filter.response.nulls|no|boolean|defaults to true|
]],
["connectwisecrmrest"] = [[
3012|ConnectWise REST|crm|custom
baseUrl|yes|string|placeholder in only payload|
company|yes|string|placeholder in only payload|
public.key|yes|string|placeholder in only payload|
private.key|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["connectwisehd"] = [[
142|ConnectWise|helpdesk|custom
helpdesk.connectwise.username|yes|string|placeholder in only payload|
helpdesk.connectwise.password|yes|password|placeholder in only payload|
helpdesk.connectwise.server.url|yes|string|placeholder in only payload|
helpdesk.connectwise.company|yes|string|placeholder in only payload|
helpdesk.connectwise.wsdl.path|unknown|string|parameter row and response only|
filter.response.nulls|no|boolean|defaults to true|
]],
["constantcontact"] = [[
3929|Constant Contact|marketing|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["desk"] = [[
286|Desk.com|helpdesk|oauth1
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["docusign"] = [[
158|DocuSign|esignature|custom
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
docusign.environment|yes|string|placeholder in only payload|
]],
["dropbox"] = [[
1779|Dropbox|documents|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["dropboxbusiness"] = [[
1780|Dropbox Business|documents|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["dynamicscrmadfs"] = [[
190|Microsoft Dynamics CRM|crm|oauth2
authentication.type|no|string|marked optional|
user.username|unknown|string|conditional: custom auth only|
user.password|unknown|password|conditional: custom auth only|
dynamics.tenant|unknown|string|conditional: custom auth only|
oauth.api.key|unknown|string|conditional: oauth2 auth only|
oauth.api.secret|unknown|string|conditional: oauth2 auth only|
oauth.callback.url|unknown|string|conditional: oauth2 auth only|
oauth.resource.url|unknown|string|conditional: oauth2 auth only|
]],
["economic"] = [[
5994|E-conomic|erp|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["ecwid"] = [[
52|Ecwid||oauth2
oauth.api.key|unknown|string|conditional: oauth2 auth only|
oauth.api.secret|unknown|string|conditional: oauth2 auth only|
oauth.callback.url|unknown|string|conditional: oauth2 auth only|
ecwid.order.key|unknown|string|conditional: custom auth only|
ecwid.product.key|unknown|string|conditional: custom auth only|
ecwid.store.id|unknown|string|conditional: custom auth only|
]],
["egnyte"] = [[
4016|Egnyte|documents|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
subdomain|yes|string|placeholder in only payload|
]],
["eloqua"] = [[
27|Oracle Eloqua|marketing|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["epages"] = [[
1595|ePages|ecommerce|custom
epages.access.token|yes|string|placeholder in only payload|
base.url|yes|string|placeholder in only payload|
]],
["etsy"] = [[
128|Etsy||oauth1
shop.id|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.request.url|no|string|literal default in payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["evernote"] = [[
125|Evernote|documents|oauth1
oauth.api.key|yes|string|placeholder in every payload|
oauth.api.secret|yes|string|placeholder in every payload|
oauth.request.url|yes|string|parameter row, not optional|
oauth.callback.url|yes|string|placeholder in every payload|
evernote.sandbox|yes|boolean|parameter row, not optional|
]],
["expensify"] = [[
675|Expensify|payment|custom
partner.user.id|yes|string|placeholder in only payload|
partner.user.secret|yes|string|placeholder in only payload|
]],
["facebookleadads"] = [[
202|Facebook Lead Ads|marketing|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
oauth.scope|yes|string|placeholder in only payload|
]],
["facebooksocial"] = [[
222|Facebook|social|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
oauth.scope|yes|string|placeholder in only payload|
]],
["fieldawarev2"] = [[
1062|FieldAware|fsa|custom
api_key|yes|string|placeholder in only payload|
]],
["flickr"] = [[
251|Flickr||oauth1
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
oauth.request.url|no|string|literal default in payload|
]],
["fortnox"] = [[
5866|Fortnox|erp|custom
authorization.code|yes|string|placeholder in only payload|
client.secret|yes|string|placeholder in only payload|
]],
["freshbooksv2"] = [[
5924|Freshbooks Cloud Accounting|finance|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
business.name|yes|string|placeholder in only payload|
]],
["freshdeskv2"] = [[
491|Freshdesk V2|helpdesk|basic
subdomain|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["freshservice"] = [[
252|Freshservice||basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
subdomain|yes|string|placeholder in only payload|
]],
["github"] = [[
6291|GitHub|general|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
github.organization|yes|string|placeholder in only payload|
github.repository|yes|string|placeholder in only payload|
]],
["gmail"] = [[
6409|Gmail|general|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["gooddata"] = [[
1469|GoodData|db|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
siteAddress|yes|string|placeholder in only payload|
]],
["googlecalendar"] = [[
5126|Google Calendar|scheduling|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["googledrive"] = [[
21|Google Drive|documents|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
document.root.folder.name|yes|string|placeholder in only payload|
]],
["googlesheets"] = [[
552|Google Sheets|documents|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["googlesuite"] = [[
5601|Google Suite|general|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["gotowebinar"] = [[
1743|Citrix GoToWebinar|conferencing|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["greatplains"] = [[
46|Microsoft Dynamics Great Plains Beta|finance|custom
greatplains.user.name|yes|string|placeholder in only payload|
greatplains.user.password|yes|password|placeholder in only payload|
greatplains.company.name|yes|string|placeholder in only payload|
greatplains.service.url|yes|string|placeholder in only payload|
]],
["greenhouse"] = [[
6148|Greenhouse|humancapital|basic
api.key|yes|string|placeholder in only payload|
]],
["helpscout"] = [[
338|Help Scout|helpdesk|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
mailbox.name|yes|string|placeholder in only payload|
]],
["hireright"] = [[
277|HireRight|screening|custom
hireright.username|yes|string|placeholder in only payload|
hireright.password|yes|password|placeholder in only payload|
hireright.account.id|yes|string|placeholder in only payload|
hireright.company.login|yes|string|placeholder in only payload|
hireright.user.ref.id|yes|string|placeholder in only payload|
]],
["hootsuite"] = [[
4066|Hootsuite|social|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["hubspot"] = [[
43|Hubspot Marketing|marketing|oauth2
authentication.type|yes|string|parameter row, not optional|
oauth.callback.url|unknown|string|conditional: oauth2 auth only|
oauth.api.key|unknown|string|conditional: oauth2 auth only|
oauth.api.secret|unknown|string|conditional: oauth2 auth only|
create.bulk.properties|no|boolean|literal default false|
filter.response.nulls|no|boolean|defaults to true|
hubspot.authorization.apikey|unknown|string|conditional: apikey auth only|
]],
["hubspotcrm"] = [[
168|HubSpot CRM|crm|oauth2
authentication.type|yes|string|parameter row, not optional|
oauth.callback.url|unknown|string|conditional: oauth2 auth only|
oauth.api.key|unknown|string|conditional: oauth2 auth only|
oauth.api.secret|unknown|string|conditional: oauth2 auth only|
create.bulk.properties|no|boolean|literal default false|
filter.response.nulls|no|boolean|defaults to true|
hubspot.authorization.apikey|unknown|string|conditional: apikey auth only|
]],
["icontact"] = [[
4376|iContact|marketing|custom
api.version|yes|string|placeholder in only payload|
AppID|yes|string|placeholder in only payload|
api.username|yes|string|placeholder in only payload|
api.password|yes|password|placeholder in only payload|
]],
["infobip"] = [[
37|InfoBip||custom
messaging.sms.infobip.sender|unknown|string|sample number in payload|
messaging.sms.infobip.username|yes|string|placeholder in only payload|
messaging.sms.infobip.password|yes|password|placeholder in only payload|
messaging.sms.infobip.callback.url|unknown|string|sample URL in payload|
]],
["infusionsoftcrm"] = [[
191|Infusionsoft CRM|crm|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
infusionsoft.server|yes|string|placeholder in only payload|
infusionsoft.private.key|yes|string|placeholder in only payload|
]],
["infusionsoftecommerce"] = [[
321|Infusionsoft Online Sales|ecommerce|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
document.tagging|no|boolean|literal default false|
]],
["infusionsoftmarketing"] = [[
192|Infusionsoft Marketing Automation|marketing|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
infusionsoft.server|yes|string|placeholder in only payload|
infusionsoft.private.key|yes|string|placeholder in only payload|
]],
["infusionsoftrest"] = [[
6158|Infusionsoft REST|crm|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["insightly"] = [[
5993|Insightly|crm|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["instagram"] = [[
143|Instagram Beta|social|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["intacct"] = [[
921|Intacct|finance|custom
intacct.user.company.id|yes|string|placeholder in only payload|
intacct.user.id|yes|string|placeholder in only payload|
intacct.user.password|yes|password|placeholder in only payload|
intacct.sender.id|yes|string|placeholder in only payload|
intacct.sender.password|yes|password|placeholder in only payload|
intacct.control.id|yes|string|placeholder in only payload|
intacct.location.id|no|string|marked optional|
]],
["jira"] = [[
1|JIRA||basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
base.url|yes|string|placeholder in only payload|
]],
["linkedin"] = [[
4169|LinkedIn|social|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["lithiumlsw"] = [[
814|Lithium Response|social|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
baseUrl|yes|string|placeholder in only payload|
]],
["magentosoapv19"] = [[
526|Magento SOAP V1.9 Beta|ecommerce|basic
userName|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
store.url|yes|string|placeholder in only payload|
]],
["magentov20"] = [[
815|Magento 2.0|ecommerce|basic
userName|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
site|yes|string|placeholder in only payload|
user|no|boolean|literal default true|
]],
["mailchimpv3"] = [[
527|MailChimp v3.0|marketing|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["mailjet"] = [[
84|MailJet Messaging Beta|messaging|custom
mailjet.api.key|yes|string|placeholder in only payload|strong
mailjet.api.secret|yes|string|placeholder in only payload|strong
]],
["mailjetmarketing"] = [[
87|MailJet Marketing Beta|marketing|custom
mailjetmarketing.api.key|yes|string|placeholder in only payload|
mailjetmarketing.api.secret|yes|string|placeholder in only payload|
]],
["marketo"] = [[
85|Marketo|marketing|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
marketo.identity.url|yes|string|placeholder in only payload|
base.url|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["maximizer"] = [[
5127|Maximizer|crm|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
maximizer.datacenter|no|string|default caw|
maximizer.url|yes|string|account-specific; UI step|
maximizer.alias|yes|string|account-specific; UI step|
]],
["microsoftgraph"] = [[
5836|Microsoft Graph|general|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
oauth.scope|yes|string|parameter row, not optional|
]],
["mixpanel"] = [[
4441|Mixpanel|general|basic
username|yes|string|placeholder in only payload|
]],
["mysql"] = [[
479|MySQL|db|custom
db.host|yes|string|placeholder in every payload|
db.name|yes|string|placeholder in every payload|
username|yes|string|placeholder in every payload|
password|yes|password|placeholder in every payload|
db.table.names|no|string|marked optional|
]],
["netsuitecrm"] = [[
140|NetSuite CRM|crm|custom
user.username|yes|string|placeholder in only payload|
user.password|yes|password|placeholder in only payload|
netsuite.accountId|yes|string|placeholder in only payload|
netsuite.sandbox|no|boolean|literal default false|
]],
["netsuitecrmv2"] = [[
1687|NetSuite 2016 CRM||basic
netsuite.sandbox|yes|boolean|Required column|
netsuite.accountId|yes|string|Required column|strong
netsuite.single.session|no|boolean|Required column|
netsuite.single.session.key|unknown|string|conditional: only when single session enforced|
authentication.type|yes|string|Required column|
user.username|unknown|string|conditional: basic authentication|
user.password|unknown|password|conditional: basic authentication|
netsuite.appId|unknown|string|conditional: basic authentication|
event.notification.enabled|no|boolean|event setting|
consumer_key|unknown|string|conditional: token based authentication|
consumer_secret|unknown|string|conditional: token based authentication|
token_id|unknown|string|conditional: token based authentication|
token_secret|unknown|string|conditional: token based authentication|
filter.response.nulls|no|boolean|defaults to true|
]],
["netsuiteerp"] = [[
157|NetSuite ERP|erp|custom
user.username|yes|string|placeholder in only payload|
user.password|yes|password|placeholder in only payload|
netsuite.accountId|yes|string|placeholder in only payload|
netsuite.sandbox|no|boolean|literal default false|
]],
["netsuiteerpv2"] = [[
987|NetSuite 2016 ERP||basic
netsuite.sandbox|yes|boolean|Required column|
netsuite.accountId|yes|string|Required column|strong
netsuite.single.session|no|boolean|Required column|
netsuite.single.session.key|unknown|string|conditional: only when single session enforced|
authentication.type|yes|string|Required column|
user.username|unknown|string|conditional: basic authentication|
user.password|unknown|password|conditional: basic authentication|
netsuite.appId|unknown|string|conditional: basic authentication|
event.notification.enabled|no|boolean|event setting|
consumer_key|unknown|string|conditional: token based authentication|
consumer_secret|unknown|string|conditional: token based authentication|
token_id|unknown|string|conditional: token based authentication|
token_secret|unknown|string|conditional: token based authentication|
filter.response.nulls|no|boolean|defaults to true|
]],
["netsuitefinance"] = [[
155|NetSuite Finance|crm|custom
user.username|yes|string|placeholder in only payload|
user.password|yes|password|placeholder in only payload|
netsuite.accountId|yes|string|placeholder in only payload|
netsuite.sandbox|no|boolean|literal default false|
]],
["netsuitefinancev2"] = [[
988|Netsuite 2016 Finance|finance|basic
netsuite.sandbox|yes|boolean|Required column|
netsuite.accountId|yes|string|Required column|strong
netsuite.single.session|no|boolean|Required column|
netsuite.single.session.key|unknown|string|conditional: only when single session enforced|
authentication.type|yes|string|Required column|
user.username|unknown|string|conditional: basic authentication|
user.password|unknown|password|conditional: basic authentication|
netsuite.appId|unknown|string|conditional: basic authentication|
event.notification.enabled|no|boolean|event setting|
consumer_key|unknown|string|conditional: token based authentication|
consumer_secret|unknown|string|conditional: token based authentication|
token_id|unknown|string|conditional: token based authentication|
token_secret|unknown|string|conditional: token based authentication|
filter.response.nulls|no|boolean|defaults to true|
]],
["netsuitehc"] = [[
141|NetSuite Human Capital|crm|custom
user.username|yes|string|placeholder in only payload|
user.password|yes|password|placeholder in only payload|
netsuite.accountId|yes|string|placeholder in only payload|
netsuite.sandbox|no|boolean|literal default false|
]],
["netsuitehcv2"] = [[
1688|NetSuite 2016 Human Capital||basic
netsuite.sandbox|yes|boolean|Required column|
netsuite.accountId|yes|string|Required column|strong
netsuite.single.session|no|boolean|Required column|
netsuite.single.session.key|unknown|string|conditional: only when single session enforced|
authentication.type|yes|string|Required column|
user.username|unknown|string|conditional: basic authentication|
user.password|unknown|password|conditional: basic authentication|
netsuite.appId|unknown|string|conditional: basic authentication|
event.notification.enabled|no|boolean|event setting|
consumer_key|unknown|string|conditional: token based authentication|
consumer_secret|unknown|string|conditional: token based authentication|
token_id|unknown|string|conditional: token based authentication|
token_secret|unknown|string|conditional: token based authentication|
filter.response.nulls|no|boolean|defaults to true|
]],
["onedrivebusiness"] = [[
178|Microsoft OneDrive for Business Beta|documents|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
document.tagging|no|boolean|literal default true|
]],
["onedrivev2"] = [[
146|OneDrive|documents|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
converged_app|no|boolean|literal default true|
]],
["onenote"] = [[
134|OneNote Beta|documents|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["oraclesalescloud"] = [[
1948|Oracle Sales Cloud|crm|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
site.url|yes|string|placeholder in only payload|
]],
["outlookemail"] = [[
6410|Outlook Email|general|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["pardot"] = [[
90|Pardot|marketing|apikey
apikey.user.name|yes|string|placeholder in only payload|
apikey.user.password|yes|password|placeholder in only payload|
apikey.user.key|yes|string|placeholder in only payload|
provider.version|yes|string|placeholder in only payload|
]],
["paypalv2"] = [[
2244|PayPal|payment|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
paypalv2.sandbox|no|boolean|literal default in payload|
]],
["pipedrive"] = [[
167|Pipedrive|crm|custom
pipedrive.email|yes|string|placeholder in only payload|
pipedrive.password|yes|password|placeholder in only payload|
]],
["plaid"] = [[
5865|Plaid|finance|custom
public_key|yes|string|placeholder in only payload|
secret|yes|string|placeholder in only payload|
client_id|yes|string|placeholder in only payload|
subdomain|yes|string|placeholder in only payload|
password|yes|password|parameter row, not optional|
username|yes|string|parameter row, not optional|
bank_name|yes|string|placeholder in only payload|
products|no|string|UI optional field|
]],
["postgresql"] = [[
478|PostgreSQL|db|custom
db.host|yes|string|placeholder in every payload|
db.name|yes|string|placeholder in every payload|
username|yes|string|placeholder in every payload|
password|yes|password|placeholder in every payload|
db.table.names|no|string|marked optional|
]],
["quickbase"] = [[
1250|QuickBase|db|custom
subdomain|yes|string|placeholder in only payload|
quickbase.user|yes|string|placeholder in only payload|
quickbase.password|yes|password|placeholder in only payload|
quickbase.appname|yes|string|placeholder in only payload|
quickbase.apptoken|yes|string|placeholder in only payload|
]],
["quickbooks"] = [[
39|QuickBooks Online|finance|oauth2
oauth.callback.url|yes|string|placeholder in every payload|
oauth.api.key|yes|string|placeholder in every payload|
oauth.api.secret|yes|string|placeholder in every payload|
quickbooks.minorversion|unknown|string|conditional: oauth2 auth only|
authentication.type|unknown|string|conditional: oauth2 auth; oauth1 flow omits it|
use_sandbox|unknown|boolean|conditional: oauth2 auth only|
scope|unknown|string|conditional: oauth2 auth only|
filter.response.nulls|no|boolean|defaults to true|
quickbooks.datasource|unknown|string|conditional: own-token auth only; table spells dataSource|
oauth.user.refresh_interval|unknown|string|conditional: own-token auth; default 13046400 s|
quickbooks.realm.id|unknown|string|conditional: own-token auth only|
oauth.user.token|unknown|string|conditional: own-token auth only|
oauth.user.token.secret|unknown|string|conditional: own-token auth only|
]],
["quickbooksonprem"] = [[
195|QuickBooks Enterprise|finance|custom
filter.response.nulls|no|boolean|defaults to true|
app.name|yes|string|placeholder in only payload|
host.ip|yes|string|placeholder in only payload|
]],
["revel"] = [[
5125|Revel|employee|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
subdomain|yes|string|account-specific; sample value|
]],
["sagecrm"] = [[
3641|Sage CRM|crm|basic
subdomain|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["sagelive"] = [[
676|Sage Live|sage|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["sageone"] = [[
3458|Sage One|finance|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
signature.secret|yes|string|placeholder in only payload|
apim.subscription.key|yes|string|placeholder in only payload|
country|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["salescloud"] = [[
204|Oracle Sales Cloud|crm|custom
crm.salescloud.username|yes|string|placeholder in only payload|
crm.salescloud.password|yes|password|placeholder in only payload|
crm.salescloud.server.url|yes|string|placeholder in only payload|
]],
["salesforcebylaunchbi"] = [[
6253|Salesforce by LaunchBI|analytics|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["salesforcemarketingcloud"] = [[
1357|Salesforce Marketing Cloud Beta|marketing|custom
clientId|yes|string|placeholder in only payload|
clientSecret|yes|string|placeholder in only payload|
]],
["sapanywhere"] = [[
1468|SAP Anywhere|ecommerce|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["sapbobylaunchbi"] = [[
6252|SAP Business Objects by LaunchBI|analytics|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["sapborestbylaunchbi"] = [[
6251|SAP Business Objects REST by LaunchBI|analytics|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["sapc4ccrm"] = [[
3521|SAP Hybris Cloud for Customer CRM|crm|basic
subdomain|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["sapc4chd"] = [[
3522|SAP Hybris Cloud for Customer Helpdesk|helpdesk|basic
subdomain|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["sapr3bapi"] = [[
6353|SAP R/3 BAPI|erp|custom
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
sap.host.name|yes|string|placeholder in only payload|
sap.instance.number|yes|string|placeholder in only payload|
sap.system.id|yes|string|placeholder in only payload|
]],
["saps4bapi"] = [[
6354|SAP S/4 BAPI|erp|custom
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
sap.host.name|yes|string|placeholder in only payload|
sap.instance.number|yes|string|placeholder in only payload|
sap.system.id|yes|string|placeholder in only payload|
]],
["saps4hanacloud"] = [[
6374|SAP S/4 HANA Cloud|erp|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
saps4hanacloud.url|yes|string|placeholder in only payload|
]],
["sendgrid"] = [[
6|SendGrid||custom
messaging.smtp.sendgrid.username|yes|string|placeholder in minimum payload|
messaging.smtp.sendgrid.password|yes|password|placeholder in minimum payload|
messaging.smtp.sendgrid.sender|yes|string|placeholder in minimum payload|
messaging.smtp.sendgrid.protocol|no|string|literal default in payload|
messaging.smtp.sendgrid.port|no|string|literal default in payload|
messaging.smtp.sendgrid.server|no|string|literal default in payload|
messaging.smtp.sendgrid.return.reply.domain|no|string|extended payload only|
messaging.sendgrid.user.firstname|no|string|extended payload only|
messaging.sendgrid.user.lastname|no|string|extended payload only|
messaging.sendgrid.user.company|no|string|extended payload only|
messaging.sendgrid.user.phone|no|string|extended payload only|
messaging.sendgrid.user.website|no|string|extended payload only|
messaging.sendgrid.user.address|no|string|extended payload only|
messaging.sendgrid.user.city|no|string|extended payload only|
messaging.sendgrid.user.state|no|string|extended payload only|
messaging.sendgrid.user.zip|no|string|extended payload only|
messaging.sendgrid.user.country|no|string|extended payload only|
messaging.sendgrid.callback.url|no|string|extended payload only|
messaging.sendgrid.user.password|no|password|extended payload only|
messaging.sendgrid.user.confirmpassword|no|password|extended payload only|
]],
["servicecloud"] = [[
88|Oracle Service Cloud|helpdesk|custom
helpdesk.servicecloud.username|yes|string|placeholder in only payload|
helpdesk.servicecloud.password|yes|password|placeholder in only payload|
helpdesk.servicecloud.endpointurl|yes|string|placeholder in only payload|
]],
["servicemax"] = [[
169|ServiceMax|fsa|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["servicenow"] = [[
145|ServiceNow|helpdesk|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
servicenow.subdomain|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["servicenowoauth"] = [[
566|ServiceNow OAuth Beta|helpdesk|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
servicenow.subdomain|yes|string|placeholder in only payload|
]],
["sfdc"] = [[
23|Salesforce Sales Cloud|crm|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
filter.response.nulls|no|boolean|defaults to true|
]],
["sfdcdocuments"] = [[
177|Salesforce Files||oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["sfdclibraries"] = [[
438|Salesforce Libraries||oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["sfdcmarketingcloud"] = [[
|Salesforce Marketing Cloud||oauth2
oauth.callback.url|yes|string|sample URL; key only on sibling Salesforce pages|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["sfdcservicecloud"] = [[
29|Salesforce Service Cloud||oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["sftp"] = [[
1742|SFTP Beta|documents|basic
hostname|yes|string|placeholder in only payload|
port|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
home_directory|yes|string|placeholder in only payload|
]],
["sharefile"] = [[
450|Citrix ShareFile|documents|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
document.root.folder.name|yes|string|placeholder in only payload|
sharefile.subdomain|yes|string|placeholder in only payload|
]],
["sharepoint"] = [[
30|Sharepoint|documents|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
sharepoint.document.library|yes|string|placeholder in only payload|
oauth.scope|no|string|literal default in payload|
sharepoint.site.address|yes|string|placeholder in only payload|
document.tagging|no|boolean|literal default false|
]],
["shopify"] = [[
48|Shopify|ecommerce|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|parameter row, not optional|
shopify.site.address|yes|string|placeholder in only payload|
oauth.scope|yes|string|parameter row, not optional|
]],
["slack"] = [[
1358|Slack|collaboration|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
oauth.scope|no|string|literal default in payload|
]],
["smartrecruiters"] = [[
6159|SmartRecruiters|humancapital|custom
api.key|yes|string|placeholder in only payload|
]],
["sqlserver"] = [[
490|Microsoft SQL Server|db|custom
db.host|yes|string|placeholder in every payload|
db.name|yes|string|placeholder in every payload|
username|yes|string|placeholder in every payload|
password|yes|password|placeholder in every payload|
db.schema|yes|string|placeholder in every payload|
db.table.names|no|string|marked optional|
]],
["square"] = [[
5124|Square|employee|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
]],
["stripe"] = [[
475|Cloud Elements for Stripe|payment|basic
api.key|yes|string|placeholder; events page calls it username|
]],
["sugarcrmv2"] = [[
170|SugarCRM|crm|custom
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|no|string|page says optional|
site.url|yes|string|placeholder in only payload|
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["tableaubylaunchbi"] = [[
6250|Tableau by LaunchBI|analytics|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["taleobusiness"] = [[
6157|Taleo Business Edition|humancapital|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
taleo.company.code|yes|string|placeholder in only payload|
]],
["taxify"] = [[
320|Taxify||apikey
api.key|yes|string|placeholder in only payload|
]],
["twilio"] = [[
7|Twilio SMS||custom
messaging.sms.twilio.protocol|no|string|literal default in payload|
messaging.sms.twilio.account|yes|string|placeholder in only payload|
messaging.sms.twilio.sender|yes|string|placeholder in only payload|
messaging.sms.twilio.token|yes|string|placeholder in only payload|
messaging.sms.twilio.callback.url|unknown|string|sample URL in payload|
]],
["twiliov2"] = [[
503|Twilio SMS V2|messaging|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
]],
["twitter"] = [[
1359|Twitter|social|oauth1
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["typeform"] = [[
339|Typeform||apikey
api.key|yes|string|placeholder in only payload|
]],
["volusion"] = [[
51|Volusion||custom
volusion.store.url|yes|string|placeholder in only payload|
volusion.login.email|yes|string|placeholder in only payload|
volusion.encrypted.password|yes|password|placeholder in only payload|
]],
["weebly"] = [[
449|Weebly|ecommerce|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
site.id|yes|string|placeholder in only payload|
]],
["woocommercerest"] = [[
2881|WooCommerce|ecommerce|custom
store.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|unknown|string|parameter row only, not in payload|
]],
["wrike"] = [[
551|Wrike|helpdesk|oauth2
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
oauth.callback.url|yes|string|placeholder in only payload|
]],
["wufoo"] = [[
685|Wufoo|general|basic
username|yes|string|placeholder in only payload|
password|yes|password|placeholder in only payload|
site|yes|string|placeholder in only payload|
]],
["zendesk"] = [[
41|Zendesk|helpdesk|oauth2
oauth.callback.url|yes|string|placeholder in only payload|
oauth.api.key|yes|string|placeholder in only payload|
oauth.api.secret|yes|string|placeholder in only payload|
zendesk.subdomain|yes|string|parameter row, not optional|
]],
["zohocrm"] = [[
44|Zoho CRM|crm|custom
crm.zohocrm.username|yes|string|placeholder in only payload|
crm.zohocrm.password|yes|password|placeholder in only payload|
]],
["zuorav2"] = [[
2245|Zuora v2|payment|basic
zuorav2.sandbox|yes|boolean|placeholder in every payload|
authentication.type|yes|string|parameter row, not optional|
clientId|unknown|string|conditional: custom auth only|
clientSecret|unknown|string|conditional: custom auth only|
username|unknown|string|conditional: basic auth only|
password|unknown|password|conditional: basic auth only|
]],
}
